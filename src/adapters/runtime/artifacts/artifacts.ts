import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type mavenUrls from 'mvn-artifact-url';
import {
  artifactLockSchema,
  artifactsFor,
  totalBytes,
  type Artifact,
  type ArtifactLock,
  type ArtifactService,
} from '../../../domain/artifacts.js';
import type { Report } from '../../../domain/progress.js';
import { reasonOf, StreamlabError } from '../../../errors.js';
import { artifactFolder, freeBytes, jarPath, jarState, partBytes, removeJar } from './artifact-cache.js';
import { downloadArtifact } from './artifact-download.js';
import { asFileSystemError, diskFull, offlineIncomplete } from './artifact-errors.js';
import { DownloadMeter } from './download-meter.js';
import { withLock } from '../lab-lock.js';

export interface ArtifactRequest {
  lock: ArtifactLock;
  services: readonly ArtifactService[];
  /** streamlab's cache folder; the jars are in a folder of their own there, shared by all labs. */
  cacheDir: string;
  /** Base address of a Maven repository to use instead of Maven Central. */
  mirror?: string | undefined;
  /** Use the cache only. */
  offline: boolean;
  report: Report;
  signal: AbortSignal;
  stallTimeoutMs?: number;
  retryDelayMs?: number;
}

/** Paths of the jars of each requested service, in class path order. */
export type ClassPaths = ReadonlyMap<ArtifactService, readonly string[]>;

const parallelDownloads = 6;
const lockPatienceMs = 30 * 60_000;

/** `artifacts.lock.json`. @throws StreamlabError INVALID_FILE */
export async function readArtifactLock(path: string): Promise<ArtifactLock> {
  try {
    return artifactLockSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    throw new StreamlabError('INVALID_FILE', `${path} is damaged: ${reasonOf(error)}`, {
      suggestions: ['Install streamlab again.'],
      cause: error,
    });
  }
}

/**
 * Makes sure that every jar of the services is in the cache and is the one of the lock file.
 * Interrupted, it leaves what has arrived, and the next call goes on from there.
 * @throws StreamlabError OFFLINE_INCOMPLETE, DOWNLOAD_FAILED, CHECKSUM_MISMATCH, DISK_FULL, NOT_PERMITTED, LOCKED
 */
export async function ensureArtifacts(request: ArtifactRequest): Promise<ClassPaths> {
  const folder = artifactFolder(request.cacheDir);
  const wanted = artifactsFor(request.lock, request.services);
  const lacking = await lackingIn(folder, wanted);
  if (lacking.length > 0 && request.offline) throw offlineIncomplete(lacking, folder);
  if (lacking.length > 0) await fillCache(folder, wanted, request);
  return new Map(
    request.services.map((service) => [
      service,
      artifactsFor(request.lock, [service]).map((artifact) => jarPath(folder, artifact)),
    ]),
  );
}

async function lackingIn(folder: string, wanted: readonly Artifact[]): Promise<Artifact[]> {
  const states = await Promise.all(wanted.map((artifact) => jarState(folder, artifact, { full: false })));
  return wanted.filter((_, index) => states[index] !== 'good');
}

/** One process fills the cache at a time; one that had to wait finds what the other brought. */
async function fillCache(
  folder: string,
  wanted: readonly Artifact[],
  request: ArtifactRequest,
): Promise<void> {
  const { signal, report } = request;
  const text = 'Another streamlab command is downloading: waiting for it.';
  try {
    await mkdir(folder, { recursive: true });
    await withLock(
      folder,
      async () => {
        const lacking = await lackingIn(folder, wanted);
        if (lacking.length > 0) await downloadAll(folder, lacking, request);
      },
      {
        patienceMs: lockPatienceMs,
        signal,
        onWait: () => {
          report({ type: 'message', text });
        },
      },
    );
  } catch (error) {
    const needed = await lackingIn(folder, wanted).then(
      (lacking) => neededBytes(folder, lacking),
      () => 0,
    );
    throw asFileSystemError(error, folder, needed);
  }
}

async function downloadAll(folder: string, lacking: Artifact[], request: ArtifactRequest): Promise<void> {
  await Promise.all(lacking.map((artifact) => removeJar(folder, artifact)));
  const total = totalBytes(lacking);
  const needed = await neededBytes(folder, lacking);
  const free = await freeBytes(folder);
  if (free < needed) throw diskFull(folder, needed, free);
  const meter = new DownloadMeter(request.report, total, titleOf(request.services), total - needed);
  meter.add(0);
  try {
    await downloadInParallel(folder, lacking, request, meter);
  } catch (error) {
    meter.failed();
    throw error;
  }
  meter.done();
}

function titleOf(services: readonly ArtifactService[]): string {
  return services.includes('kafka') ? 'Download Kafka and Flink' : "Download Flink's Kafka connector";
}

/** The first failure ends the other downloads too; all of them have ended when this does. */
async function downloadInParallel(
  folder: string,
  lacking: readonly Artifact[],
  request: ArtifactRequest,
  meter: DownloadMeter,
): Promise<void> {
  // Loaded only now, and as the CommonJS module it is: its `default` is a property of what it exports.
  const { default: urlOf } = createRequire(import.meta.url)('mvn-artifact-url') as typeof mavenUrls;
  const failed = new AbortController();
  // Large ones first, so that none of them is left running alone at the end.
  const queue = [...lacking].sort((a, b) => b.bytes - a.bytes);
  const options = {
    folder,
    onBytes: (bytes: number) => {
      meter.add(bytes);
    },
    signal: AbortSignal.any([request.signal, failed.signal]),
    stallTimeoutMs: request.stallTimeoutMs ?? 20_000,
    retryDelayMs: request.retryDelayMs ?? 500,
  };
  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      await downloadArtifact(next, await urlOf(next, withSlash(request.mirror)), options);
    }
  };
  const workers = Array.from({ length: parallelDownloads }, async () => {
    try {
      await work();
    } catch (error) {
      failed.abort(error);
    }
  });
  await Promise.all(workers);
  request.signal.throwIfAborted();
  failed.signal.throwIfAborted();
}

/** Bytes that are still to come, given the parts that earlier downloads left. */
async function neededBytes(folder: string, lacking: readonly Artifact[]): Promise<number> {
  const parts = await Promise.all(lacking.map((artifact) => partBytes(folder, artifact)));
  return totalBytes(lacking) - parts.reduce((sum, bytes) => sum + bytes, 0);
}

function withSlash(base: string | undefined): string | undefined {
  return base === undefined || base.endsWith('/') ? base : `${base}/`;
}
