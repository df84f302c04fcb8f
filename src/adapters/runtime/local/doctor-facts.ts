import { existsSync } from 'node:fs';
import { readFile, realpath } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { freemem, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { artifactsFor, coordinatesOf, totalBytes, type ArtifactLock } from '../../../domain/artifacts.js';
import { defaultPorts, type Config, type PortName } from '../../../domain/config.js';
import type { DoctorFacts, PortFact } from '../../../domain/doctor.js';
import { reasonOf, StreamlabError } from '../../../errors.js';
import type { DockerFindings } from '../docker/docker-facts.js';
import { dockerPortNames } from '../docker/lab-services.js';
import { artifactFolder, freeBytes, jarState } from '../artifacts/artifact-cache.js';
import { readArtifactLock } from '../artifacts/artifacts.js';
import { localPortNames } from './local-ports.js';
import { findJava } from './java.js';
import { isPortFree, portOwner } from '../port-owner.js';

export interface DoctorRequest {
  config: Config;
  /** The root of the package, with package.json and artifacts.lock.json. */
  packageRoot: string;
  cacheDir: string;
  stateDir: string;
  /** Processes of this lab: a port of theirs is not in the way. */
  ownPids: readonly number[];
  /** What the Docker engine says; it may hold ports for the lab too. */
  docker: DockerFindings;
}

/** Everything `doctor` judges. What cannot be found out is a fact too; nothing is thrown for it. */
export async function gatherFacts(request: DoctorRequest): Promise<DoctorFacts> {
  const { config, packageRoot, cacheDir, stateDir } = request;
  const lock = await readArtifactLock(join(packageRoot, 'artifacts.lock.json'));
  const ofServices = config.runtime === 'docker' ? dockerPortNames.public : localPortNames.public;
  const portNames = [...ofServices, 'console'] as const;
  const [node, java, cache, chdb, ports, cacheFree, stateFree] = await Promise.all([
    nodeFact(packageRoot),
    javaFact(config.javaHome),
    cacheFact(cacheDir, lock),
    chdbFact(),
    Promise.all(portNames.map((name) => portFact(name, request))),
    freeBytes(nearestExisting(cacheDir)),
    freeBytes(nearestExisting(stateDir)),
  ]);
  return {
    runtime: config.runtime,
    node,
    java,
    disks: [
      { purpose: 'cache', folder: cacheDir, freeBytes: cacheFree },
      { purpose: 'state', folder: stateDir, freeBytes: stateFree },
    ],
    memory: memoryFact(),
    ports,
    cache,
    docker: request.docker.docker,
    chdb,
    versions: lock.versions,
  };
}

async function nodeFact(packageRoot: string): Promise<DoctorFacts['node']> {
  const text = await readFile(join(packageRoot, 'package.json'), 'utf8');
  const { engines } = JSON.parse(text) as { engines: { node: string } };
  return { version: process.version, required: engines.node };
}

async function javaFact(javaHome: string | undefined): Promise<DoctorFacts['java']> {
  try {
    return { found: true, ...(await findJava(javaHome)) };
  } catch (error) {
    const suggestion = error instanceof StreamlabError ? error.suggestions.join(' ') : '';
    return { found: false, message: reasonOf(error), suggestion };
  }
}

/** Reads every jar in full: this is the check that a changed byte cannot pass. */
async function cacheFact(cacheDir: string, lock: ArtifactLock): Promise<DoctorFacts['cache']> {
  const folder = artifactFolder(cacheDir);
  try {
    const wanted = artifactsFor(lock, ['kafka', 'flink']);
    const states = await Promise.all(wanted.map((artifact) => jarState(folder, artifact, { full: true })));
    const [missing, corrupt] = (['missing', 'corrupt'] as const).map((state) =>
      wanted.filter((_, index) => states[index] === state),
    );
    return {
      readable: true,
      folder,
      good: states.filter((state) => state === 'good').length,
      missing: (missing ?? []).map(coordinatesOf),
      corrupt: (corrupt ?? []).map(coordinatesOf),
      missingBytes: totalBytes([...(missing ?? []), ...(corrupt ?? [])]),
    };
  } catch (error) {
    return { readable: false, reason: reasonOf(error) };
  }
}

async function portFact(name: PortName, { config, ownPids, docker }: DoctorRequest): Promise<PortFact> {
  const setting = `${name}Port` as const;
  const asked = config[setting];
  const port = asked ?? defaultPorts[name];
  const fact = { service: name, setting, port, asked: asked !== undefined };
  if (await isPortFree(port)) return { ...fact, free: true, own: false };
  const owner = await portOwner(port);
  const own = (owner !== undefined && ownPids.includes(owner.pid)) || (await docker.isOwnPort(port));
  return { ...fact, free: false, own, ...(owner === undefined ? {} : { owner }) };
}

/** A container's limit counts where it is lower than the machine. */
function memoryFact(): DoctorFacts['memory'] {
  const limit = process.constrainedMemory();
  const totalBytes = limit > 0 ? Math.min(limit, totalmem()) : totalmem();
  // macOS counts what it can give back at once as used: there, what is free says little.
  const availableBytes = process.platform === 'darwin' ? totalBytes : Math.min(freemem(), totalBytes);
  return { totalBytes, availableBytes };
}

/** Whether chdb and its library for this platform are installed. Nothing of it is loaded: it is half a gigabyte. */
async function chdbFact(): Promise<DoctorFacts['chdb']> {
  const platform = `${process.platform}-${process.arch}`;
  try {
    const manifest = await realpath(createRequire(import.meta.url).resolve('chdb/package.json'));
    const { optionalDependencies = {} } = JSON.parse(await readFile(manifest, 'utf8')) as {
      optionalDependencies?: Record<string, string>;
    };
    const libraries = Object.keys(optionalDependencies).filter((name) => name.includes(platform));
    return { platform, installed: libraries.some((name) => isInstalled(name, manifest)) };
  } catch {
    return { platform, installed: false };
  }
}

function isInstalled(name: string, from: string): boolean {
  const folders = createRequire(from).resolve.paths(name) ?? [];
  return folders.some((folder) => existsSync(join(folder, name)));
}

function nearestExisting(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : nearestExisting(dirname(folder));
}
