import { randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream, type WriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { finished, type Transform, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ClickHouseException } from './errors.js';

/** What a response is made of, apart from the result itself. */
export interface ResultOptions {
  readonly bufferBytes: number;
  readonly waitEndOfQuery: boolean;
  /** Where a result that has to wait for the end of its query is kept. */
  readonly spoolFile: string;
  /** Compression, outermost last. */
  readonly encoders: readonly Transform[];
  readonly contentEncoding: string | undefined;
  /** For the text of errors. */
  readonly version: string;
}

export type Summary = Readonly<Record<string, string>>;

/**
 * A result on its way to the client. Its first bytes are held back, so that an error that comes early is an HTTP
 * status; one that comes later is appended between `__exception__` marks and the connection is cut, as ClickHouse
 * does since 25.11 (src/Server/HTTP/WriteBufferFromHTTPServerResponse.cpp).
 */
export class QueryResult {
  readonly #tag = randomBytes(8).toString('hex');
  #held: Buffer[] = [];
  #heldBytes = 0;
  #spool: WriteStream | undefined;
  #target: Writable | undefined;
  #closed = false;

  constructor(
    private readonly response: ServerResponse,
    private options: ResultOptions,
  ) {
    response.setHeader('X-ClickHouse-Exception-Tag', this.#tag);
    response.on('close', () => {
      this.#closed = true;
    });
    response.on('error', () => {
      this.#closed = true;
    });
  }

  /** Takes other options; to be called before anything is written. */
  configure(options: ResultOptions): void {
    this.options = options;
  }

  /** Resolves when more may be written; `summary` is asked for when the headers go out. */
  async write(chunk: Buffer, summary: () => Summary): Promise<void> {
    if (this.#closed) return;
    if (this.#target) return this.#push(this.#target, chunk);
    if (this.#spool) return this.#push(this.#spool, chunk);
    this.#held.push(chunk);
    this.#heldBytes += chunk.length;
    if (this.#heldBytes < this.options.bufferBytes) return;
    if (this.options.waitEndOfQuery) this.#spool = createWriteStream(this.options.spoolFile);
    else this.#target = this.#commit(summary());
    await this.#flushHeld(this.#spool ?? this.#target);
  }

  /** The query has ended well. */
  async end(summary: Summary): Promise<void> {
    if (this.#closed) return;
    this.#target ??= this.#commit(summary);
    if (this.#spool) {
      this.#spool.end();
      await once(this.#spool, 'close');
      await pipeline(createReadStream(this.options.spoolFile), this.#target, { end: false });
      await this.#removeSpool();
    } else {
      await this.#flushHeld(this.#target);
    }
    await this.#endEncoders();
    this.response.end();
    await this.#finished();
  }

  /** The query has failed. */
  async fail(exception: ClickHouseException): Promise<void> {
    await this.#removeSpool();
    if (this.#closed) return;
    const text = exception.render(this.options.version);
    if (this.#target) {
      await this.#failLate(this.#target, text);
      return;
    }
    this.response.statusCode = exception.status;
    this.response.setHeader('X-ClickHouse-Exception-Code', String(exception.code));
    this.response.setHeader('Content-Type', 'text/plain; charset=UTF-8');
    this.#target = this.#commit(undefined);
    await this.#push(this.#target, Buffer.from(`${text}\n`));
    await this.#endEncoders();
    this.response.end();
    await this.#finished();
  }

  /** Lets the encoders send on what they still hold. */
  async #endEncoders(): Promise<void> {
    const [first] = this.options.encoders;
    const last = this.options.encoders.at(-1);
    if (!first || !last || this.#closed) return;
    await new Promise<void>((resolve) => {
      last.once('end', resolve);
      this.response.once('close', resolve);
      first.end();
    });
  }

  async #failLate(target: Writable, text: string): Promise<void> {
    const bytes = Buffer.byteLength(text) + 1;
    const mark = '\r\n__exception__\r\n';
    await this.#push(target, Buffer.from(`${mark}${this.#tag}\r\n${text}\n${bytes} ${this.#tag}${mark}`));
    const { socket } = this.response;
    await this.#endEncoders();
    // No last chunk: a client that knows nothing of the marks sees a broken response, not a complete one.
    socket?.destroySoon();
  }

  /** Sends the headers and returns where the result goes. */
  #commit(summary: Summary | undefined): Writable {
    if (summary) this.response.setHeader('X-ClickHouse-Summary', JSON.stringify(summary));
    if (this.options.contentEncoding !== undefined) {
      this.response.setHeader('Content-Encoding', this.options.contentEncoding);
    }
    const chain: Writable[] = [...this.options.encoders, this.response];
    for (const [index, encoder] of this.options.encoders.entries()) {
      const next = chain[index + 1];
      // The response is ended by hand: a failed one gets no regular end.
      if (next) encoder.pipe(next, { end: next !== this.response });
      encoder.on('error', () => this.response.destroy());
    }
    this.response.flushHeaders();
    return chain[0] ?? this.response;
  }

  async #flushHeld(target: Writable | undefined): Promise<void> {
    const held = this.#held;
    this.#held = [];
    this.#heldBytes = 0;
    if (target && held.length > 0) await this.#push(target, Buffer.concat(held));
  }

  async #push(target: Writable, chunk: Buffer): Promise<void> {
    if (target.write(chunk) || this.#closed) return;
    await new Promise<void>((resolve) => {
      const go = (): void => {
        target.off('drain', go);
        this.response.off('close', go);
        resolve();
      };
      target.once('drain', go);
      this.response.once('close', go);
    });
  }

  async #finished(): Promise<void> {
    await new Promise<void>((resolve) => {
      finished(this.response, () => {
        resolve();
      });
    });
  }

  async #removeSpool(): Promise<void> {
    if (!this.#spool) return;
    this.#spool.destroy();
    this.#spool = undefined;
    await rm(this.options.spoolFile, { force: true });
  }
}
