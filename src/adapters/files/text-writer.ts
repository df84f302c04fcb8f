import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import type { Writable } from 'node:stream';
import { StreamlabError } from '../../errors.js';
import { fileError } from './file-errors.js';

/** Writes text to a stream one chunk after the other, and tells when each is written. */
export class TextWriter {
  /** Set at the first error; nothing is written after it. INTERRUPTED when the reader of stdout went away. */
  failure: StreamlabError | undefined;
  /** Called when `failure` is set. */
  onFailure: (() => void) | undefined;

  private constructor(
    private readonly stream: Writable,
    private readonly flag: string,
    private readonly path: string,
  ) {
    // Every error is here, so that none ends the process.
    stream.on('error', (error) => {
      this.fail(error);
    });
  }

  /**
   * Opens the file afresh; what was in it is lost. `-` is stdout.
   * @throws StreamlabError INVALID_FILE, NOT_PERMITTED, DISK_FULL naming flag and file
   */
  static async open(flag: string, path: string): Promise<TextWriter> {
    if (path === '-') return new TextWriter(process.stdout, flag, 'stdout');
    const stream = createWriteStream(path, { highWaterMark: 1024 * 1024 });
    try {
      await once(stream, 'open');
    } catch (error) {
      throw fileError(flag, path, 'written', error);
    }
    return new TextWriter(stream, flag, path);
  }

  /** Bytes handed over that are not written yet. */
  get pendingBytes(): number {
    return this.stream.writableLength;
  }

  /** Calls back once the chunk is written; not at all after an error. */
  write(chunk: string, encoding: 'utf8' | 'latin1', written: () => void): void {
    if (this.failure !== undefined) return;
    this.stream.write(chunk, encoding, (error) => {
      if (error === undefined || error === null) written();
      else this.fail(error);
    });
  }

  /** Writes what is pending and closes the file; stdout stays open. Never rejects. */
  async close(): Promise<void> {
    if (this.stream === process.stdout) return;
    this.stream.end();
    await finished(this.stream).catch((error: unknown) => {
      this.fail(error);
    });
  }

  private fail(error: unknown): void {
    if (this.failure !== undefined) return;
    const isCut = this.stream === process.stdout && (error as NodeJS.ErrnoException).code === 'EPIPE';
    this.failure = isCut
      ? new StreamlabError('INTERRUPTED', 'Nobody reads stdout any more.', { cause: error })
      : fileError(this.flag, this.path, 'written', error);
    this.onFailure?.();
  }
}
