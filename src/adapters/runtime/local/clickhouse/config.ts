import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/**
 * What the daemon is told through its environment. The process that starts it also has to set
 * `UV_THREADPOOL_SIZE` (see {@link daemonThreads}): every running query occupies a libuv thread, and libuv
 * reads that variable before any of our code runs.
 */
export interface DaemonConfig {
  readonly host: string;
  readonly port: number;
  readonly dataDir: string;
  readonly user: string;
  readonly password: string;
  /** Limit of the engine's tracked memory for the whole process, in bytes. */
  readonly maxMemoryBytes: number;
  /** How many statements run at once; more wait in a queue. */
  readonly concurrency: number;
}

/** The `UV_THREADPOOL_SIZE` to start the daemon with. */
export const daemonThreads = 28;

/** Threads kept free for file access, zlib and the control session (KILL, progress). */
const reservedThreads = 4;
const libuvDefaultThreads = 4;
const defaultMaxMemoryBytes = 1.5 * 1024 ** 3;

type Env = Readonly<Record<string, string | undefined>>;

/** Reads the daemon's configuration; throws an Error that says which variable is wrong. */
export function readConfig(env: Env): DaemonConfig {
  const dataDir = env.STREAMLAB_CH_DATA;
  if (!dataDir) throw new Error('STREAMLAB_CH_DATA must name the data directory');
  return {
    host: env.STREAMLAB_CH_HOST ?? '127.0.0.1',
    port: integer(env, 'STREAMLAB_CH_PORT', 8123, 0, 65_535),
    dataDir: resolve(dataDir),
    user: env.STREAMLAB_CH_USER ?? 'default',
    password: readPassword(env),
    maxMemoryBytes: integer(env, 'STREAMLAB_CH_MAX_MEMORY_BYTES', defaultMaxMemoryBytes, 256 * 1024 ** 2),
    concurrency: concurrencyFor(integer(env, 'UV_THREADPOOL_SIZE', libuvDefaultThreads, 1, 1024)),
  };
}

/** Statements that may run at once with this many libuv threads: at least one, and never all of them. */
export function concurrencyFor(threads: number): number {
  return Math.max(1, threads - Math.min(reservedThreads, Math.ceil(threads / 2)));
}

function readPassword(env: Env): string {
  const file = env.STREAMLAB_CH_PASSWORD_FILE;
  if (file) return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  return env.STREAMLAB_CH_PASSWORD ?? '';
}

function integer(
  env: Env,
  name: string,
  fallback: number,
  min: number,
  max = Number.MAX_SAFE_INTEGER,
): number {
  const text = env[name];
  if (text === undefined || text === '') return fallback;
  const value = Number(text);
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new Error(`${name} must be a whole number from ${min} to ${max}, not "${text}"`);
  }
  return value;
}
