import { open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import type { DispatchState } from '../../domain/alerts/dispatcher.js';
import { StreamlabError } from '../../errors.js';
import { fileError } from './file-errors.js';
import { makeFolder } from './folders.js';

/** Where `alerts run` keeps what it knows. */
export interface DispatchStore {
  /** @throws StreamlabError INVALID_FILE naming the file, NOT_PERMITTED */
  load(): Promise<DispatchState | undefined>;
  /** On disk once it resolves. @throws StreamlabError DISK_FULL, NOT_PERMITTED */
  save(state: DispatchState): Promise<void>;
}

// Only streamlab writes it: this tells a file of another kind or version, or half of one, from its own.
const places = z.record(z.string(), z.int().min(0));
const stateSchema = z.looseObject({
  version: z.literal(1),
  engine: z.looseObject({
    version: z.literal(1),
    positions: z.looseObject({ aggregates: places, letters: places }),
    windows: z.looseObject({}),
    judged: z.looseObject({}),
    series: z.looseObject({}),
    counters: z.looseObject({}),
    silences: z.array(z.looseObject({})),
  }),
  foreign: z.looseObject({ open: z.looseObject({}), cooldowns: z.looseObject({}) }),
  topicIds: z.record(z.string(), z.string()),
  alertsRead: places,
  toTell: z.array(z.looseObject({})),
  toWrite: z.array(z.looseObject({})),
});

export function createDispatchStore(path: string): DispatchStore {
  return {
    load: async () => {
      let text: string;
      try {
        text = await readFile(path, 'utf8');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw fileError('The state of the alerts', path, 'read', error);
      }
      return parsed(text, path);
    },
    save: async (state) => {
      try {
        await makeFolder(dirname(path));
        // Beside and renamed, so that a killed process leaves the old or the new state, never half of one.
        const beside = `${path}.new`;
        const file = await open(beside, 'w', 0o600);
        try {
          await file.writeFile(JSON.stringify(state));
          await file.datasync();
        } finally {
          await file.close();
        }
        await rename(beside, path);
      } catch (error) {
        throw fileError('The state of the alerts', path, 'written', error);
      }
    },
  };
}

function parsed(text: string, path: string): DispatchState {
  try {
    return stateSchema.parse(JSON.parse(text)) as unknown as DispatchState;
  } catch (error) {
    throw new StreamlabError('INVALID_FILE', `${path} is not a state of alerts that this version can read.`, {
      suggestions: ['Move it away: the alerts then begin anew, without telling of what was before.'],
      cause: error,
    });
  }
}
