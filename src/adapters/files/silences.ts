import { open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { livingSilences, silenceSchema, withSilence, type Silence } from '../../domain/alerts/silences.js';
import { StreamlabError } from '../../errors.js';
import { fileError } from './file-errors.js';
import { makeFolder } from './folders.js';

const fileSchema = z.object({ silences: z.array(silenceSchema) });

/** The silences of a lab, in `alerts/silences.json` of its folder, which commands write and the dispatcher reads. */
export class SilenceFile {
  /**
   * @param exclusively runs work while no other process does: what is written is made of what was read
   */
  constructor(
    readonly path: string,
    private readonly exclusively: <T>(work: () => Promise<T>) => Promise<T>,
  ) {}

  /**
   * Those that are not over; none where there is no file.
   * @throws StreamlabError INVALID_FILE, NOT_PERMITTED naming the file
   */
  async read(nowMs: number): Promise<readonly Silence[]> {
    let text: string;
    try {
      text = await readFile(this.path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw fileError('The file of silences', this.path, 'read', error);
    }
    return livingSilences(this.parsed(text), nowMs);
  }

  /** In place of one for the same rule and labels, which is given back. */
  async add(silence: Silence, nowMs: number): Promise<Silence | undefined> {
    return this.change(nowMs, (silences) => {
      const kept = withSilence(silences, silence);
      return { silences: kept, result: silences.find((one) => !kept.includes(one)) };
    });
  }

  /** Ends the silences of a rule (`*`: those that are for all rules), and gives them back. */
  async end(rule: string, nowMs: number): Promise<readonly Silence[]> {
    return this.change(nowMs, (silences) => ({
      silences: silences.filter((one) => one.rule !== rule),
      result: silences.filter((one) => one.rule === rule),
    }));
  }

  private async change<T>(
    nowMs: number,
    next: (silences: readonly Silence[]) => { silences: readonly Silence[]; result: T },
  ): Promise<T> {
    return this.exclusively(async () => {
      const { silences, result } = next(await this.read(nowMs));
      await this.write(silences);
      return result;
    });
  }

  /** Beside and renamed, so that who reads meanwhile, or a killed process, has the old or the new file. */
  private async write(silences: readonly Silence[]): Promise<void> {
    const beside = `${this.path}.${String(process.pid)}`;
    await makeFolder(dirname(this.path));
    try {
      const file = await open(beside, 'w', 0o600);
      try {
        await file.writeFile(`${JSON.stringify({ silences }, null, 2)}\n`);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(beside, this.path);
    } catch (error) {
      await rm(beside, { force: true }).catch(() => undefined);
      throw fileError('The file of silences', this.path, 'written', error);
    }
  }

  private parsed(text: string): readonly Silence[] {
    try {
      return fileSchema.parse(JSON.parse(text)).silences;
    } catch (error) {
      throw new StreamlabError('INVALID_FILE', `The file of silences ${this.path} is damaged.`, {
        suggestions: ['Delete it, and set again what shall be silent.'],
        cause: error,
      });
    }
  }
}
