import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RuntimeName } from '../../domain/config.js';
import type { z } from 'zod';
import {
  consoleStateSchema,
  labStateSchema,
  type ConsoleState,
  type LabState,
  type LabStateOf,
} from '../../domain/lab-state.js';
import { StreamlabError } from '../../errors.js';
import { makeFolder } from './folders.js';

/** The folders of one lab. */
export interface LabFolders {
  root: string;
  logs: string;
  conf: string;
  kafkaData: string;
  checkpoints: string;
  savepoints: string;
  flinkTmp: string;
  clickhouseData: string;
  /** What the dispatcher of alerts keeps, and silences. */
  alerts: string;
}

const stateFile = 'lab.json';
/** Apart from the lab's: written by whoever starts and stops the console, not by a runtime. */
const consoleFile = 'console.json';

/** What is kept on disk of the labs: their state, data and logs, each in a folder of its own. */
export class LabStore {
  readonly folders: LabFolders;
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly labsDir: string,
    readonly lab: string,
  ) {
    const root = join(labsDir, lab);
    this.folders = {
      root,
      logs: join(root, 'logs'),
      conf: join(root, 'conf'),
      kafkaData: join(root, 'data', 'kafka'),
      checkpoints: join(root, 'data', 'flink', 'checkpoints'),
      savepoints: join(root, 'data', 'flink', 'savepoints'),
      flinkTmp: join(root, 'data', 'flink', 'tmp'),
      clickhouseData: join(root, 'data', 'clickhouse'),
      alerts: join(root, 'alerts'),
    };
  }

  async createFolders(): Promise<void> {
    await Promise.all(Object.values(this.folders).map((folder) => makeFolder(folder as string)));
  }

  /** The remembered state, or undefined if there is none or it cannot be read (then it is made anew). */
  async read(): Promise<LabState | undefined> {
    return readState(join(this.folders.root, stateFile), labStateSchema);
  }

  /** The remembered state, if the lab is on that runtime. */
  async readOf<R extends RuntimeName>(runtime: R): Promise<LabStateOf<R> | undefined> {
    const state = await this.read();
    return state?.runtime === runtime ? (state as LabStateOf<R>) : undefined;
  }

  async readConsole(): Promise<ConsoleState | undefined> {
    return readState(join(this.folders.root, consoleFile), consoleStateSchema);
  }

  async write(state: LabState): Promise<void> {
    return this.replace(stateFile, state);
  }

  async writeConsole(state: ConsoleState): Promise<void> {
    return this.replace(consoleFile, state);
  }

  async others(): Promise<LabState[]> {
    return this.ofOthers(stateFile, labStateSchema);
  }

  async otherConsoles(): Promise<ConsoleState[]> {
    return this.ofOthers(consoleFile, consoleStateSchema);
  }

  /** Written beside and renamed, so that a killed process leaves the old or the new state, never half of one. */
  private async replace(name: string, state: object): Promise<void> {
    const path = join(this.folders.root, name);
    const text = `${JSON.stringify(state, null, 2)}\n`;
    this.writing = this.writing.then(async () => {
      const beside = `${path}.${String(process.pid)}`;
      await makeFolder(this.folders.root);
      await writeFile(beside, text, { mode: 0o600 });
      await rename(beside, path);
    });
    return this.writing;
  }

  private async ofOthers<T>(file: string, schema: z.ZodType<T>): Promise<T[]> {
    const names = await readdir(this.labsDir).catch(() => []);
    const states = await Promise.all(
      names
        .filter((name) => name !== this.lab)
        .map((name) => readState(join(this.labsDir, name, file), schema)),
    );
    return states.filter((state) => state !== undefined);
  }

  async delete(): Promise<void> {
    await rm(this.folders.root, { recursive: true, force: true });
  }
}

async function readState<T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new StreamlabError('NOT_PERMITTED', `Cannot read the lab's state in ${path}`, { cause: error });
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
