import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { StreamlabError } from '../../errors.js';
import { fileError } from './file-errors.js';

/** Longer than any topic of a lab takes; without a bound a file without line breaks would fill the memory. */
export const MAX_LINE_BYTES = 15 * 1024 * 1024;
/** Lines that are taken together are this much at most, and one more. */
const MAX_TAKEN_BYTES = 4 * 1024 * 1024;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Lines of a file, a few at a time. */
export interface EventLines {
  /**
   * The next lines, at most `max` and at least one, without their line breaks; none at the end. Each character stands for
   * one byte (Latin-1). Empty lines are left out.
   * @throws StreamlabError INVALID_FILE for a line over 15 MB, and what reading a file may throw
   */
  take(max: number): Promise<string[]>;
  /** Empty lines that were left out so far. */
  readonly emptyLines: number;
  close(): Promise<void>;
}

/**
 * Reads a file with one event a line, or stdin for `-`; only what is taken and one piece ahead of it is in memory.
 * @throws StreamlabError INVALID_FILE, NOT_PERMITTED naming --from and the file
 */
export async function openEventLines(path: string): Promise<EventLines> {
  if (path === '-') return new LineReader(process.stdin, 'stdin');
  const stream = createReadStream(path, { highWaterMark: 256 * 1024 });
  // A folder can be opened; only reading it fails.
  await new Promise<void>((resolve, reject) => {
    stream.once('readable', resolve);
    stream.once('end', resolve);
    stream.once('error', (error) => {
      reject(fileError('--from', path, 'read', error));
    });
  });
  return new LineReader(stream, path);
}

class LineReader implements EventLines {
  emptyLines = 0;
  private readonly chunks: AsyncIterator<Buffer>;
  /** What was read and not taken yet. */
  private rest: Buffer = Buffer.alloc(0);
  /** Pieces of a line that has no end yet. */
  private begun: Buffer[] = [];
  private begunBytes = 0;
  private lineNumber = 1;
  /** Of the lines that are being taken. */
  private takenBytes = 0;
  private ended = false;

  constructor(
    private readonly stream: Readable,
    private readonly name: string,
  ) {
    this.chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  }

  async take(max: number): Promise<string[]> {
    const lines: string[] = [];
    this.takenBytes = 0;
    while (!this.isEnough(lines, max)) {
      this.scan(lines, max);
      if (this.isEnough(lines, max) || this.ended) break;
      // What there is goes out at once: the source may be slow.
      if (lines.length > 0 && this.stream.readableLength === 0) break;
      await this.read(lines);
    }
    return lines;
  }

  async close(): Promise<void> {
    this.ended = true;
    // Who waits for a line that does not come is told.
    this.stream.destroy();
    await this.chunks.return?.();
  }

  private async read(lines: string[]): Promise<void> {
    let next: IteratorResult<Buffer>;
    try {
      next = await this.chunks.next();
    } catch (error) {
      throw fileError('--from', this.name, 'read', error);
    }
    if (next.done !== true) {
      this.rest = next.value;
      return;
    }
    this.ended = true;
    if (this.begunBytes > 0) this.line(Buffer.alloc(0), lines);
  }

  private isEnough(lines: readonly string[], max: number): boolean {
    return lines.length >= max || this.takenBytes >= MAX_TAKEN_BYTES;
  }

  /** The lines that end in what was read. */
  private scan(lines: string[], max: number): void {
    const { rest } = this;
    let from = 0;
    while (!this.isEnough(lines, max) && from < rest.length) {
      const end = rest.indexOf(LINE_FEED, from);
      if (end < 0) {
        this.keep(rest.subarray(from));
        from = rest.length;
        break;
      }
      this.line(rest.subarray(from, end), lines);
      from = end + 1;
    }
    this.rest = rest.subarray(from);
  }

  private keep(piece: Buffer): void {
    this.begun.push(piece);
    this.begunBytes += piece.length;
    this.failIfTooLong(this.begunBytes);
  }

  private line(end: Buffer, lines: string[]): void {
    const whole = this.begunBytes === 0 ? end : Buffer.concat([...this.begun, end]);
    this.begun = [];
    this.begunBytes = 0;
    this.failIfTooLong(whole.length);
    const isReturn = whole.at(-1) === CARRIAGE_RETURN;
    const text = whole.toString('latin1', 0, isReturn ? whole.length - 1 : whole.length);
    this.lineNumber++;
    if (text === '') this.emptyLines++;
    else {
      lines.push(text);
      this.takenBytes += text.length;
    }
  }

  private failIfTooLong(bytes: number): void {
    if (bytes <= MAX_LINE_BYTES) return;
    throw new StreamlabError(
      'INVALID_FILE',
      `--from ${this.name}: line ${this.lineNumber} has more than ${MAX_LINE_BYTES / 1024 / 1024} MB.`,
      {
        suggestions: [
          'Give one JSON event a line; a file that is one large array can be split with: jq -c .[]',
        ],
      },
    );
  }
}
