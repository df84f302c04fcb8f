import { PassThrough, type Readable } from 'node:stream';
import { createInterface } from 'node:readline';
import type { DockerEngine } from './engine.js';
import { statusOf } from './engine-errors.js';

export interface LogRequest {
  lines: number;
  follow: boolean;
  write: (line: string) => void;
  signal: AbortSignal;
}

/**
 * A container's lines, standard output and standard error as they came; those before a restart too, as long as the
 * container is the same. Resolves at the end, or when the signal is aborted.
 * @returns false if there is no such container
 */
export async function copyLogs(
  engine: DockerEngine,
  container: string,
  request: LogRequest,
): Promise<boolean> {
  const { write, signal } = request;
  const source = await openLog(engine, container, request);
  if (source === undefined) return false;
  const joined = new PassThrough();
  engine.docker.modem.demuxStream(source, joined, joined);
  source.once('end', () => joined.end());
  source.once('close', () => joined.end());
  source.on('error', () => joined.end());
  const stop = (): void => {
    source.destroy();
    joined.end();
  };
  signal.addEventListener('abort', stop, { once: true });
  for await (const line of createInterface({ input: joined, crlfDelay: Infinity })) write(line);
  signal.removeEventListener('abort', stop);
  return true;
}

async function openLog(
  engine: DockerEngine,
  container: string,
  { lines, follow, signal }: LogRequest,
): Promise<Readable | undefined> {
  return engine.ask(`give the log of ${container}`, async () => {
    try {
      const options = { stdout: true, stderr: true, tail: lines };
      const target = engine.docker.getContainer(container);
      if (follow) {
        const stream: unknown = await target.logs({ ...options, follow: true, abortSignal: signal });
        return stream as Readable;
      }
      // Without follow the engine's answer comes as a whole.
      const whole = new PassThrough();
      whole.end(await target.logs({ ...options, follow: false }));
      return whole;
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw error;
    }
  });
}

/** The end of a container's log, to be shown as evidence; empty where it cannot be had. */
export async function lastLines(engine: DockerEngine, container: string, lines: number): Promise<string[]> {
  const found: string[] = [];
  const take = {
    lines,
    follow: false,
    write: (line: string) => found.push(line),
    signal: AbortSignal.timeout(5_000),
  };
  await copyLogs(engine, container, take).catch(() => undefined);
  return found.slice(-lines);
}
