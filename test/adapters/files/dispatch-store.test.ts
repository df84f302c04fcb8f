import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createDispatchStore } from '../../../src/adapters/files/dispatch-store.js';
import { newDispatchState } from '../../../src/domain/alerts/dispatcher.js';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'streamlab-state-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

test('a state that was saved is loaded as it was', async () => {
  const store = createDispatchStore(join(dir, 'alerts', 'state.json'));
  expect(await store.load()).toBeUndefined();
  const state = { ...newDispatchState(5), alertsRead: { 0: 3 } };
  await store.save(state);
  expect(await store.load()).toEqual(state);
});

test.each(['positions', 'windows', 'judged', 'series', 'counters', 'silences'])(
  'a state whose engine lacks its %s is refused by the name of the file',
  async (name) => {
    const path = join(dir, 'state.json');
    const state = newDispatchState(5);
    const engine = { ...state.engine, [name]: name === 'positions' ? {} : undefined };
    await writeFile(path, JSON.stringify({ ...state, engine }));
    await expect(createDispatchStore(path).load()).rejects.toMatchObject({ code: 'INVALID_FILE' });
  },
);
