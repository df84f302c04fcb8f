import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createDispatchStore, type DispatchStore } from '../../src/adapters/files/dispatch-store.js';
import type { TopicReader } from '../../src/adapters/kafka/reader.js';
import { newDispatchState } from '../../src/domain/alerts/dispatcher.js';
import type { Notification } from '../../src/domain/notify/notification.js';
import { StreamlabError } from '../../src/errors.js';
import { AlertTopics } from '../../src/services/alert-topics.js';
import { Dispatcher, type DispatchParts } from '../../src/services/dispatch.js';
import { notifications } from '../adapters/notify/support/notifications.js';

let dir: string;
let file: DispatchStore;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'streamlab-dispatch-'));
  file = createDispatchStore(join(dir, 'state.json'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const full = new StreamlabError('DISK_FULL', 'The state cannot be written: the disk is full.');

type Changes = Partial<DispatchParts> & { now?: () => number; end?: AbortController };

/** A dispatcher of a lab that is down, with something to tell from before; it runs for so many rounds, or until `2` is told. */
async function ran(rounds: number, changes: Changes = {}, toTell = notifications(1)) {
  await file.save({ ...newDispatchState(0), toTell });
  const told: Notification[] = [];
  const said: string[] = [];
  const { end = new AbortController() } = changes;
  let left = rounds;
  const dispatcher = new Dispatcher({
    open: () => Promise.reject(new StreamlabError('LAB_NOT_RUNNING', 'The lab is down.')),
    store: file,
    delivery: {
      accept: (one) => {
        told.push(one);
        if (one.id === '2') end.abort(new Error('Ctrl-C'));
        return Promise.resolve([]);
      },
    },
    look: () => undefined,
    silences: () => Promise.resolve([]),
    settings: { rules: [], replaced: new Map(), windowMs: 60_000 },
    sinceMs: undefined,
    clock: {
      now: changes.now ?? (() => 1_000),
      sleep: () => {
        left -= 1;
        if (left === 0) end.abort(new Error('enough'));
        return Promise.resolve();
      },
    },
    onNews: () => undefined,
    say: (sentence) => said.push(sentence),
    ...changes,
  });
  await dispatcher.run(end.signal);
  return { told, said };
}

test('a full disk is waited for while the lab is down as well, and people are told when there is room', async () => {
  let refused = 0;
  const store: DispatchStore = {
    load: () => file.load(),
    save: (state) => (refused++ < 3 ? Promise.reject(full) : file.save(state)),
  };
  const { told, said } = await ran(6, { store });
  expect(told.map(({ id }) => id)).toEqual(['0']);
  expect(said).toContain('Waiting: The state cannot be written: the disk is full.');
  expect((await file.load())?.toTell).toEqual([]);
});

test('--since with a state of an earlier run is not left out without a word', async () => {
  const { said } = await ran(1, { sinceMs: 3_600_000 });
  expect(said[0]).toMatch(/--since is for a first start/);
});

test('an interrupt does not wait for thousands that are still to be told: the next run tells them', async () => {
  const { told } = await ran(5, {}, notifications(5_000));
  expect(told.map(({ id }) => id)).toEqual(['0', '1', '2']);
  expect((await file.load())?.toTell.map(({ id }) => id)).toEqual(
    notifications(5_000)
      .slice(3)
      .map(({ id }) => id),
  );
});

/** The topics of a new lab: empty. */
const reader: TopicReader = {
  offsets: () => Promise.resolve([{ partition: 0, begin: 0, lastStable: 0, highWatermark: 0 }]),
  idOf: (topic) => Promise.resolve(`id of ${topic}`),
  offsetsAt: () => Promise.resolve(new Map()),
  async *read() {
    // Nothing is there.
  },
  close: () => Promise.resolve(),
};
const topicsOf = (changes: Partial<TopicReader> = {}) =>
  new AlertTopics({
    reader: { ...reader, ...changes },
    producer: {
      partitionsOf: () => 1,
      transact: () => Promise.resolve(),
      close: () => Promise.resolve(),
    },
    admin: { committed: () => Promise.resolve(new Map()), close: () => Promise.resolve() },
    groupOffsets: { commit: () => Promise.resolve(), close: () => Promise.resolve() },
  });

const emptyTopics = topicsOf();

test('what was still to be told is told also where the topics were made anew meanwhile', async () => {
  const state = { ...newDispatchState(0), toTell: notifications(1), alertsRead: { 0: 7 } };
  const store: DispatchStore = {
    load: () => Promise.resolve(state),
    save: (next) => file.save(next),
  };
  const { told, said } = await ran(3, {
    store,
    open: () => Promise.resolve({ topics: emptyTopics, link: undefined }),
  });
  expect(said[0]).toMatch(/made anew/);
  expect(told.map(({ id }) => id)).toEqual(['0']);
});

test('a clock that was set back does not keep the state from being saved', async () => {
  let saves = 0;
  const store: DispatchStore = {
    load: () => file.load(),
    save: (next) => {
      saves += 1;
      return file.save(next);
    },
  };
  let round = 0;
  await ran(20, {
    store,
    open: () => Promise.resolve({ topics: emptyTopics, link: undefined }),
    // Something changes with each look, and the clock goes back an hour after the first.
    silences: () =>
      Promise.resolve([{ rule: String((round += 1)), labels: {}, from: 0, until: 1e12, comment: '' }]),
    now: () => (round < 2 ? 3_600_000 : 1_000 * round),
  });
  // One for what was to be told, one at the end, and some in between.
  expect(saves).toBeGreaterThan(3);
});

test('a damaged file of silences is said once, and does not end the dispatcher', async () => {
  const silences = () =>
    Promise.reject(new StreamlabError('INVALID_FILE', 'The file of silences is damaged.'));
  const { told, said } = await ran(5, { silences });
  expect(told).toHaveLength(1);
  expect(said.filter((sentence) => sentence.includes('silences'))).toEqual([
    'Warning: The file of silences is damaged. Until it is mended, the silences of before hold.',
  ]);
});

test('an interrupt does not wait for a Kafka that hangs: its connections are closed after a moment', async () => {
  const end = new AbortController();
  let hangUp = (): void => undefined;
  const topics = topicsOf({
    offsets: () =>
      new Promise((_, reject) => {
        hangUp = () => {
          reject(new Error('the connection was closed'));
        };
        end.abort(new Error('Ctrl-C'));
      }),
    close: () => {
      hangUp();
      return Promise.resolve();
    },
  });
  const { said } = await ran(9, { end, open: () => Promise.resolve({ topics, link: undefined }) });
  expect(said).toEqual([]);
  expect((await file.load())?.toTell).toHaveLength(1);
});

test('topics that were made anew are begun anew also where they are longer than what was read of the old ones', async () => {
  const topics = topicsOf({
    offsets: () => Promise.resolve([{ partition: 0, begin: 0, lastStable: 900, highWatermark: 900 }]),
  });
  const begun = newDispatchState(0);
  const old = { aggregates: 'another', letters: 'another', alerts: 'another' };
  const store: DispatchStore = {
    load: () => Promise.resolve({ ...begun, topicIds: old, alertsRead: { 0: 7 } }),
    save: (next) => file.save(next),
  };
  const { said } = await ran(5, { store, open: () => Promise.resolve({ topics, link: undefined }) });
  expect(said).toEqual([expect.stringMatching(/made anew/), 'All answers again.']);
  expect(await file.load()).toMatchObject({
    topicIds: { alerts: 'id of events.alerts.v1' },
    alertsRead: { 0: 900 },
  });
});

test('a dispatcher that lost its lock leaves the files as they are', async () => {
  const end = new AbortController();
  let saves = 0;
  const store: DispatchStore = {
    load: () => file.load(),
    save: (next) => {
      saves += 1;
      end.abort(new StreamlabError('LOCKED', 'The lock is lost.'));
      return file.save(next);
    },
  };
  await ran(9, { store, end });
  expect(saves).toBe(1);
});
