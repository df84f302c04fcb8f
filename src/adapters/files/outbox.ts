import { open, readFile, rename, stat, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { Backlog, entrySchema, type BacklogEntry } from '../../domain/notify/backlog.js';
import { fileError } from './file-errors.js';
import { makeFolder } from './folders.js';

/** What is still to be delivered, kept on disk. */
export interface Outbox {
  readonly backlog: Backlog;
  /** Lines of the file that could not be read when it was opened, and were left out. */
  readonly damagedLines: number;
  /**
   * Changes the backlog at once, and resolves when that is on disk. If it cannot be written, the next call writes it,
   * also one with nothing new.
   * @throws StreamlabError DISK_FULL, NOT_PERMITTED, INVALID_FILE naming the file
   */
  record(entries: readonly BacklogEntry[]): Promise<void>;
  /** Writes what is not written yet. */
  close(): Promise<void>;
}

const lineSchema = z.array(entrySchema);
/** When the file is as long as this, and mostly of what is over, it is written anew. */
const worthCompacting = 256 * 1_024;

/**
 * Opens the outbox of a lab; only one process may have it open. The file is a log, one line for each call, on disk before
 * the call is over: a process that is killed leaves at most one line that is cut off, which nobody was told of yet.
 */
export async function openOutbox(path: string, backlog = new Backlog()): Promise<Outbox> {
  await makeFolder(dirname(path));
  const damagedLines = await load(path, backlog);
  const log = new OutboxLog(path, backlog);
  // Afresh, so that nothing is ever written behind half a line.
  await log.flush();
  return {
    backlog,
    damagedLines,
    record: (entries) => {
      for (const entry of entries) backlog.apply(entry);
      return log.add(entries);
    },
    close: () => log.close(),
  };
}

async function load(path: string, backlog: Backlog): Promise<number> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw fileError('The outbox', path, 'read', error);
  }
  let damaged = 0;
  const lines = text.split('\n');
  for (const [index, line] of lines.entries()) {
    if (line === '') continue;
    const entries = parsed(line);
    for (const entry of entries ?? []) backlog.apply(entry);
    // The last line without its end is what a kill leaves.
    if (entries === undefined && index < lines.length - 1) damaged += 1;
  }
  return damaged;
}

function parsed(line: string): BacklogEntry[] | undefined {
  try {
    return lineSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

class OutboxLog {
  private file: FileHandle | undefined;
  private pending = '';
  private length = 0;
  private compactAt = worthCompacting;
  private writing: Promise<void> | undefined;
  private next: Promise<void> | undefined;

  constructor(
    private readonly path: string,
    private readonly backlog: Backlog,
  ) {}

  add(entries: readonly BacklogEntry[]): Promise<void> {
    if (entries.length > 0) this.pending += `${JSON.stringify(entries)}\n`;
    else if (this.file !== undefined && this.writing === undefined) return Promise.resolve();
    return this.flush();
  }

  /** Whoever comes while the disk is busy is written together with all the others that do. */
  flush(): Promise<void> {
    if (this.writing === undefined) {
      this.writing = this.write().finally(() => (this.writing = undefined));
      return this.writing;
    }
    this.next ??= this.writing
      .catch(() => undefined)
      .then(() => {
        this.next = undefined;
        return this.flush();
      });
    return this.next;
  }

  async close(): Promise<void> {
    try {
      // Each may start another.
      for (let busy = this.writing ?? this.next; busy !== undefined; busy = this.writing ?? this.next) {
        await busy.catch(() => undefined);
      }
      if (this.file === undefined) await this.flush();
    } finally {
      await this.file?.close();
    }
  }

  private async write(): Promise<void> {
    try {
      if (this.file === undefined || this.length > this.compactAt || !(await this.isInPlace(this.file)))
        await this.rewrite();
      else {
        const text = this.pending;
        this.pending = '';
        await this.file.appendFile(text);
        await this.file.datasync();
        this.length += Buffer.byteLength(text);
      }
    } catch (error) {
      // There may be half a line now: write all anew the next time.
      await this.file?.close().catch(() => undefined);
      this.file = undefined;
      throw fileError('The outbox', this.path, 'written', error);
    }
  }

  /** A file that was deleted, as with the lab's data, takes what is written, and gives it to nobody. */
  private async isInPlace(file: FileHandle): Promise<boolean> {
    const [own, there] = await Promise.all([file.stat(), stat(this.path).catch(() => undefined)]);
    return there?.ino === own.ino && there.dev === own.dev;
  }

  /** Beside and renamed, so that a killed process leaves the old or the new file. */
  private async rewrite(): Promise<void> {
    const beside = `${this.path}.new`;
    await makeFolder(dirname(this.path));
    this.pending = '';
    const text = this.backlog
      .entries()
      .map((entry) => `${JSON.stringify([entry])}\n`)
      .join('');
    const file = await open(beside, 'w', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
      await rename(beside, this.path);
    } catch (error) {
      await file.close().catch(() => undefined);
      throw error;
    }
    await syncFolder(dirname(this.path));
    await this.file?.close();
    this.file = file;
    this.length = Buffer.byteLength(text);
    this.compactAt = Math.max(worthCompacting, 2 * this.length);
  }
}

/** The new name is on disk only with its folder. Windows knows no such thing. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
