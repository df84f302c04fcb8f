import type { StreamlabError } from '../../errors.js';
import { TextWriter } from './text-writer.js';

/** Where a manifest goes, chunk by chunk. */
export interface ManifestFile {
  /** Takes whole lines; nothing happens after a failure. */
  write(chunk: string): void;
  /** Bytes that wait to be written: whoever writes faster than the disk should wait while they are many. */
  readonly pending: number;
  /** Set at the first error. */
  readonly failure: StreamlabError | undefined;
  /** Resolves when fewer than so many bytes are pending, or with a failure. */
  room(bytes: number): Promise<void>;
  /** Writes what is pending. Does not reject: see `failure`. */
  close(): Promise<void>;
}

/**
 * Creates the file afresh; a manifest that was there is lost.
 * @throws StreamlabError INVALID_FILE, NOT_PERMITTED, DISK_FULL naming --manifest and the file
 */
export async function openManifestFile(path: string): Promise<ManifestFile> {
  const writer = await TextWriter.open('--manifest', path);
  let waiting: (() => void)[] = [];
  const wake = (): void => {
    const awake = waiting;
    waiting = [];
    for (const resolve of awake) resolve();
  };
  writer.onFailure = wake;
  return {
    write: (chunk) => {
      writer.write(chunk, 'utf8', wake);
    },
    get pending() {
      return writer.pendingBytes;
    },
    get failure() {
      return writer.failure;
    },
    room: async (bytes) => {
      while (writer.pendingBytes >= bytes && writer.failure === undefined)
        await new Promise<void>((resolve) => waiting.push(resolve));
    },
    close: () => writer.close(),
  };
}
