import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { LabFolders } from '../files/lab-store.js';

const tailBytes = 256 * 1024;

/** Where the output of a process of the lab goes. */
export function logFileOf({ logs }: Pick<LabFolders, 'logs'>, service: string): string {
  return join(logs, `${service}.log`);
}

/** The last lines of a log file; none if there is no file. */
export async function lastLines(path: string, count: number): Promise<string[]> {
  const size = await stat(path).then(
    (s) => s.size,
    () => 0,
  );
  if (size === 0) return [];
  const handle = await open(path, 'r');
  try {
    const start = Math.max(0, size - tailBytes);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - start), 0, size - start, start);
    const lines = buffer.toString('utf8', 0, bytesRead).split('\n');
    if (start > 0) lines.shift();
    if (lines.at(-1) === '') lines.pop();
    return lines.slice(-count);
  } finally {
    await handle.close();
  }
}

const stackFrame = /^\s+(at |\.\.\. \d+ more)/;
const trouble = /\b(ERROR|FATAL|Exception|Error:|error:|Caused by|cannot|failed|OutOfMemory)\b/;

export function withoutStack(lines: readonly string[]): string[] {
  return lines.filter((line) => line.trim() !== '' && !stackFrame.test(line));
}

/** The lines of a failed service's log that tell a person why: its last troubles, or else simply its last lines. */
export async function usefulLines(path: string, count = 8): Promise<string[]> {
  const lines = withoutStack(await lastLines(path, 400));
  const troubles = lines.filter((line) => trouble.test(line));
  return (troubles.length > 0 ? troubles : lines).slice(-count).map((line) => line.slice(0, 300));
}

/** Writes the last lines and, when following, each new one until the signal aborts. Survives rotation. */
export async function tailLog(options: {
  path: string;
  lines: number;
  follow: boolean;
  write: (line: string) => void;
  signal: AbortSignal;
}): Promise<void> {
  const from = await stat(options.path).then(
    (s) => s.size,
    () => 0,
  );
  for (const line of await lastLines(options.path, options.lines)) options.write(line);
  if (!options.follow) return;
  let position = from;
  let unfinished = '';
  while (!options.signal.aborted) {
    const size = await stat(options.path).then(
      (s) => s.size,
      () => 0,
    );
    if (size < position) position = 0;
    if (size > position) {
      const text = unfinished + (await readRange(options.path, position, size));
      const lines = text.split('\n');
      unfinished = lines.pop() ?? '';
      lines.forEach(options.write);
      position = size;
    }
    await delay(250, undefined, { signal: options.signal }).catch(() => undefined);
  }
}

async function readRange(path: string, start: number, end: number): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of createReadStream(path, { start, end: end - 1 })) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
