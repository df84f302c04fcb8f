import { execFile } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

/**
 * Named pipes carry data between the engine's file functions (INTO OUTFILE, FROM INFILE) and sockets: any format,
 * headers and footers included, in bounded memory, with the pipe's 64 KiB as back pressure.
 */

/** Makes `count` named pipes in a directory of their own and returns their paths. */
export async function makeFifos(dir: string, count: number): Promise<string[]> {
  await rm(dir, { recursive: true, force: true });
  await mkdir(dir, { recursive: true });
  const paths = Array.from({ length: count }, (_, index) => join(dir, `pipe-${index}`));
  await promisify(execFile)('mkfifo', paths);
  return paths;
}

/** The end from which the engine's output is read. */
export interface FifoReader {
  readonly socket: Socket;
  /** The engine has written everything: the socket ends once it is drained. */
  writerDone(): void;
}

/** Opens a pipe for reading. A writing end stays open beside it, so that there is no end before the engine began. */
export function openFifoReader(path: string): FifoReader {
  const readEnd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writeEnd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  let open = true;
  return {
    socket: new Socket({ fd: readEnd, readable: true, writable: false }),
    writerDone() {
      if (open) closeSync(writeEnd);
      open = false;
    },
  };
}

/**
 * Opens a pipe for writing as soon as the engine has opened it for reading; undefined when the statement settled
 * without doing so. Tried again and again instead of with a blocking open, which would hold a thread for ever.
 */
export async function openFifoWriter(path: string, settled: () => boolean): Promise<Socket | undefined> {
  for (let waitMs = 1; ; waitMs = Math.min(20, waitMs * 1.5)) {
    if (settled()) return undefined;
    const fd = tryOpenForWriting(path);
    if (fd !== undefined) return new Socket({ fd, readable: false, writable: true });
    await delay(waitMs);
  }
}

function tryOpenForWriting(path: string): number | undefined {
  try {
    return openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch (error) {
    // ENXIO: nobody reads yet.
    if (error instanceof Error && 'code' in error && error.code === 'ENXIO') return undefined;
    throw error;
  }
}
