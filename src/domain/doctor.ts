import type { RuntimeName } from './config.js';
import { formatMegabytes } from './artifacts.js';
import { misfit, nodeSatisfies, type StackVersions } from './versions.js';

type CheckStatus = 'ok' | 'warn' | 'fail';

export interface Check {
  name: string;
  status: CheckStatus;
  message: string;
  /** What to do about it; null where nothing has to be done. */
  suggestion: string | null;
}

/** What was found on this machine. Sizes in bytes. */
export interface DoctorFacts {
  runtime: RuntimeName | 'auto';
  node: { version: string; required: string };
  java:
    | { found: true; version: string; source: string; java: string; warning?: string }
    | { found: false; message: string; suggestion: string };
  disks: { purpose: 'cache' | 'state'; folder: string; freeBytes: number }[];
  memory: { totalBytes: number; availableBytes: number };
  ports: PortFact[];
  cache:
    | {
        readable: true;
        folder: string;
        good: number;
        missing: string[];
        corrupt: string[];
        missingBytes: number;
      }
    | { readable: false; reason: string };
  docker:
    | {
        reachable: true;
        /** Where it is, and what chose it. */
        address: string;
        version: string;
        apiVersion: string;
        isRootless: boolean;
        memoryBytes: number;
        images: { missing: readonly string[]; unpullable: string | undefined };
      }
    | { reachable: false; reason: string };
  chdb: { installed: boolean; platform: string };
  versions: StackVersions;
}

export interface PortFact {
  service: string;
  /** The setting that moves it. */
  setting: string;
  port: number;
  /** Whether the configuration names this port. */
  asked: boolean;
  free: boolean;
  owner?: { pid: number; name: string };
  /** Whether the owner is a service of this lab. */
  own: boolean;
}

const gigabyte = 1e9;
const freeNeeded = { least: 0.5 * gigabyte, comfortable: 2 * gigabyte };
/** The JVMs of Kafka and Flink with the ClickHouse daemon at their default sizes. */
const memoryNeeded = { total: 3 * gigabyte, available: 3 * gigabyte };

/** What the facts mean for a lab on this machine. */
export function diagnose(facts: DoctorFacts): Check[] {
  return [
    nodeCheck(facts),
    javaCheck(facts),
    ...dockerChecks(facts),
    chdbCheck(facts),
    versionsCheck(facts),
    cacheCheck(facts),
    ...facts.disks.map((disk) => diskCheck(disk, facts)),
    memoryCheck(facts),
    ...facts.ports.map(portCheck),
  ];
}

function check(name: string, status: CheckStatus, message: string, suggestion?: string): Check {
  return { name, status, message, suggestion: suggestion ?? null };
}

/** `auto` may well end up there. */
function mayRunLocally({ runtime }: DoctorFacts): boolean {
  return runtime === 'local' || runtime === 'auto';
}

function nodeCheck({ node: { version, required } }: DoctorFacts): Check {
  if (nodeSatisfies(version, required)) return check('node', 'ok', `Node ${version}.`);
  return check('node', 'fail', `Node ${version}; streamlab needs ${required}.`, 'Install a newer Node.');
}

function javaCheck(facts: DoctorFacts): Check {
  const { java } = facts;
  if (!java.found) {
    return check('java', mayRunLocally(facts) ? 'fail' : 'warn', java.message, java.suggestion);
  }
  const where = `Java ${java.version} at ${java.java} (${java.source}).`;
  if (java.warning === undefined) return check('java', 'ok', where);
  return check('java', 'warn', where, java.warning);
}

/** The oldest interface of an engine that the docker runtime is made for: Docker 20.10. */
const oldestEngineApi = '1.41';

function dockerChecks(facts: DoctorFacts): Check[] {
  const { docker, runtime } = facts;
  if (!docker.reachable) {
    const message = `${docker.reason}.`;
    return runtime === 'docker'
      ? [check('docker', 'fail', message, 'Start Docker, or use --runtime local.')]
      : [check('docker', 'warn', message, 'Only the docker runtime needs it; the local runtime does not.')];
  }
  const { address, version, apiVersion, isRootless } = docker;
  const what = `Docker engine ${version} (API ${apiVersion}${isRootless ? ', rootless' : ''}) answers at ${address}.`;
  if (!isAtLeast(apiVersion, oldestEngineApi)) {
    const advice = 'Install Docker 20.10 or newer.';
    return [check('docker', runtime === 'docker' ? 'fail' : 'warn', `${what} It is too old.`, advice)];
  }
  return [check('docker', 'ok', what), ...(runtime === 'local' ? [] : [imagesCheck(docker, runtime)])];
}

function isAtLeast(version: string, least: string): boolean {
  return version.localeCompare(least, 'en', { numeric: true }) >= 0;
}

function imagesCheck(
  { images: { missing, unpullable } }: Extract<DoctorFacts['docker'], { reachable: true }>,
  runtime: DoctorFacts['runtime'],
): Check {
  if (missing.length === 0) return check('images', 'ok', 'The engine has every image of a lab.');
  const message = `The engine lacks ${someOf(missing)}`;
  if (unpullable === undefined)
    return check('images', 'warn', `${message}.`, 'The first "streamlab up --runtime docker" pulls them.');
  return check(
    'images',
    runtime === 'docker' ? 'fail' : 'warn',
    `${message}; ${unpullable}.`,
    'Check the network, or name other images: docs/docker.md says how.',
  );
}

function chdbCheck(facts: DoctorFacts): Check {
  const { installed, platform } = facts.chdb;
  if (installed)
    return check('clickhouse', 'ok', `chdb, the ClickHouse engine, is installed for ${platform}.`);
  return check(
    'clickhouse',
    mayRunLocally(facts) ? 'fail' : 'warn',
    `chdb, the ClickHouse engine of the local runtime, is not installed for ${platform}.`,
    'Install streamlab again with optional dependencies; where chdb has no build (Windows), use Docker or WSL.',
  );
}

function versionsCheck({ versions }: DoctorFacts): Check {
  const { kafka, flink, kafkaConnector } = versions;
  const reason = misfit(versions);
  if (reason === undefined) {
    return check('versions', 'ok', `Kafka ${kafka}, Flink ${flink} and connector ${kafkaConnector} fit.`);
  }
  return check('versions', 'fail', `The lock file does not fit: ${reason}.`, 'Install streamlab again.');
}

function cacheCheck({ cache }: DoctorFacts): Check {
  if (!cache.readable) {
    return check(
      'cache',
      'fail',
      `The cache cannot be read: ${cache.reason}.`,
      'Set XDG_CACHE_HOME to a folder of yours.',
    );
  }
  const { folder, good, missing, corrupt, missingBytes } = cache;
  if (corrupt.length > 0) {
    return check(
      'cache',
      'fail',
      `Damaged artifacts in ${folder}: ${someOf(corrupt)}.`,
      'The next "streamlab up" on the local runtime downloads them again.',
    );
  }
  if (missing.length === 0)
    return check('cache', 'ok', `All ${good} Java artifacts are there and unchanged.`);
  const megabytes = formatMegabytes(missingBytes);
  return check(
    'cache',
    'warn',
    `${missing.length} Java artifacts (${megabytes} MB) are not downloaded yet.`,
    'The first "streamlab up" on the local runtime does it.',
  );
}

function someOf(names: readonly string[]): string {
  return names.length <= 3
    ? names.join(', ')
    : `${names.slice(0, 3).join(', ')} and ${names.length - 3} more`;
}

function diskCheck(
  { purpose, folder, freeBytes }: DoctorFacts['disks'][number],
  { cache }: DoctorFacts,
): Check {
  const name = `disk-${purpose}`;
  const message = `${formatMegabytes(freeBytes)} MB free for the ${purpose} in ${folder}.`;
  const toLoad = purpose === 'cache' && cache.readable ? cache.missingBytes : 0;
  const least = purpose === 'cache' ? toLoad : freeNeeded.least;
  const variable = purpose === 'cache' ? 'XDG_CACHE_HOME' : 'XDG_STATE_HOME';
  const advice = `Free some space, or put the ${purpose} on another disk with ${variable}.`;
  if (freeBytes < least) {
    return check(name, 'fail', `${message} At least ${formatMegabytes(least)} MB are needed.`, advice);
  }
  if (purpose === 'state' && freeBytes < freeNeeded.comfortable) return check(name, 'warn', message, advice);
  return check(name, 'ok', message);
}

function memoryCheck({ memory: { totalBytes, availableBytes } }: DoctorFacts): Check {
  const message = `${gigabytes(availableBytes)} of ${gigabytes(totalBytes)} GB of memory are free.`;
  if (totalBytes < memoryNeeded.total) {
    return check('memory', 'fail', message, `A lab needs ${gigabytes(memoryNeeded.total)} GB.`);
  }
  if (availableBytes < memoryNeeded.available) {
    return check(
      'memory',
      'warn',
      message,
      'Close something: with less than 3 GB free the lab may be slow or be ended.',
    );
  }
  return check('memory', 'ok', message);
}

function gigabytes(bytes: number): string {
  return (bytes / gigabyte).toFixed(1);
}

function portCheck({ service, setting, port, asked, free, owner, own }: PortFact): Check {
  const name = `port-${port}`;
  if (free) return check(name, 'ok', `Port ${port} (${service}) is free.`);
  const by = owner === undefined ? 'by a process of another user' : `by ${owner.name} (pid ${owner.pid})`;
  if (own) return check(name, 'ok', `Port ${port} (${service}) is in use by this lab.`);
  const message = `Port ${port} (${service}) is taken ${by}.`;
  if (asked) return check(name, 'fail', message, `End that process, or give ${setting} another port.`);
  return check(
    name,
    'warn',
    message,
    `"streamlab up" takes the next free port, or the one that ${setting} names.`,
  );
}
