import { beforeEach, describe, expect, it } from 'vitest';
import type { ManifestChunk } from '../../src/adapters/files/manifest-lines.js';
import { flinkGroup, queues } from '../../src/domain/clickhouse.js';
import type { Aggregate } from '../../src/domain/ledger/aggregates.js';
import type { DeadLetterRow } from '../../src/domain/ledger/ledger.js';
import { topics } from '../../src/domain/topics.js';
import type { ManifestEntry } from '../../src/domain/traffic/manifest.js';
import { ExitCode } from '../../src/errors.js';
import { lookWhetherCaughtUp } from '../../src/services/caught-up.js';
import type { ManifestSource } from '../../src/services/manifests.js';
import { verify, type VerifyTools } from '../../src/services/verify.js';
import { PipelineModel, uuid, type EventSpec } from '../domain/ledger/pipeline-model.js';
import { FakeKafka } from './pipeline-fake.js';

const order: EventSpec = {
  id: 1,
  type: 'order_placed',
  channel: 'web',
  minute: 0,
  cents: 1_050,
  partition: 0,
};
const request = { waitMs: 1_000, maxFutureSkewMs: 60_000, dedupeHorizonMs: 3_600_000, audit: false };

let kafka: FakeKafka;
let rows: Aggregate[];
let letterRows: DeadLetterRow[];
let nowMs: number;
/** Called at every look at the raw topic. */
let onSleep: () => void;

beforeEach(() => {
  const model = new PipelineModel();
  model.event(order, 'on_time');
  model.event({ ...order, id: 2, partition: 1 }, 'too_late');
  model.invalid('{', 0);
  load(model);
  nowMs = 0;
  onSleep = () => undefined;
});

/** What a model has, on the topics and in ClickHouse, and everything processed. */
function load(model: PipelineModel): void {
  kafka = new FakeKafka();
  for (const topic of [topics.raw, topics.aggregates, topics.deadLetters]) kafka.createTopic(topic, 3);
  kafka.createTopic(topics.replays, 1);
  const stations = model.stations();
  const bytes = (data: Uint8Array | null) => (data === null ? null : Buffer.from(data));
  for (const { partition, value, timestampMs, headers } of stations.raw) {
    const sent = headers.map(([name, text]): [string, Buffer | null] => [name, bytes(text)]);
    kafka.append(topics.raw, partition, { value: bytes(value), timestampMs, headers: sent });
  }
  for (const letter of stations.deadLetters) {
    kafka.append(topics.deadLetters, letter.partition, { value: bytes(letter.value) });
  }
  for (const { key, value } of stations.journal) {
    kafka.append(topics.replays, 0, { key: bytes(key), value: bytes(value) });
  }
  for (const { key, value } of stations.aggregates) {
    kafka.append(topics.aggregates, 0, { key: bytes(key), value: bytes(value) });
  }
  kafka.commitAll(flinkGroup, topics.raw);
  for (const { group, topic } of queues) if (kafka.topics.has(topic)) kafka.commitAll(group, topic);
  rows = stations.clickhouse;
  letterRows = stations.clickhouseDeadLetters;
}

// eslint-disable-next-line @typescript-eslint/require-await -- the interface is asynchronous
async function* once<T>(values: T[]): AsyncGenerator<T[]> {
  yield values;
}

// eslint-disable-next-line @typescript-eslint/require-await -- the interface is asynchronous
async function* each<T>(values: T[]): AsyncGenerator<T> {
  yield* values;
}

function tools(overrides: Partial<VerifyTools> = {}): VerifyTools {
  return {
    reader: kafka.reader,
    committed: kafka.committed,
    clickhouse: {
      aggregates: () => once(rows),
      deadLetters: () => once(letterRows),
      queues: () => Promise.resolve([]),
    },
    jobFailure: () => Promise.resolve(undefined),
    manifests: [],
    clock: {
      now: () => nowMs,
      sleep: (ms) => {
        nowMs += ms;
        onSleep();
        return Promise.resolve();
      },
    },
    report: () => undefined,
    signal: new AbortController().signal,
    ...overrides,
  };
}

describe('whether the pipeline has caught up', () => {
  const waitingFor = async () => (await lookWhetherCaughtUp(tools())).waitingFor;

  it('is so when every group is past the last record, and an idle partition has no offset at all', async () => {
    expect(await waitingFor()).toBeUndefined();
  });

  it('is so when only control records are behind the committed offsets', async () => {
    for (const [topic, logs] of kafka.topics) for (const p of logs.keys()) kafka.appendMarker(topic, p);
    expect(await waitingFor()).toBeUndefined();
  });

  it('waits for the job', async () => {
    kafka.append(topics.raw, 2);
    expect(await waitingFor()).toContain('the job has 1 raw records');
  });

  it('waits for the transaction of the job', async () => {
    kafka.partition(topics.aggregates, 1).highWatermark++;
    expect(await waitingFor()).toContain('has not committed its last results');
  });

  it('waits for a replay that is being written', async () => {
    kafka.partition(topics.raw, 1).highWatermark++;
    expect(await waitingFor()).toContain('a replay is being written');
  });

  it('waits for the other half of a replay, in the journal', async () => {
    kafka.partition(topics.replays, 0).highWatermark++;
    expect(await waitingFor()).toContain('a replay is being written');
  });

  it('waits for ClickHouse', async () => {
    kafka.append(topics.deadLetters, 2);
    expect(await waitingFor()).toContain(`ClickHouse has 1 records of ${topics.deadLetters}`);
  });
});

describe('verify', () => {
  it('balances a pipeline at rest', async () => {
    expect(await verify(request, tools())).toMatchObject({
      ok: true,
      raw: { records: 3, malformed: 1, uniqueEvents: 2 },
      dlq: { total: 2, tooLateOutstanding: 1 },
      clickhouse: { events: 1, deadLetters: 2 },
    });
  });

  it('takes replays from the journal and from raw, and names a forced one', async () => {
    const model = new PipelineModel();
    model.event(order, 'too_late');
    model.replay(0, 'r1');
    load(model);
    expect(await verify(request, tools())).toMatchObject({ ok: true, dlq: { outstanding: 0, replayed: 1 } });
    model.replay(0, 'r2');
    load(model);
    expect(await verify(request, tools())).toMatchObject({
      ok: false,
      doubleCounted: 1,
      forced: { events: 1, revenue: '10.50', replays: 1 },
      mismatchesTotal: 1,
    });
  });

  it('does not balance when the journal lacks a replay', async () => {
    const model = new PipelineModel();
    model.event(order, 'too_late');
    model.replay(0, 'r1');
    load(model);
    kafka.createTopic(topics.replays, 1);
    const result = await verify(request, tools());
    expect(result).toMatchObject({ ok: false, mismatches: [{ hop: 'raw-journal' }] });
  });

  it('waits for a job that is behind', async () => {
    kafka.commit(flinkGroup, topics.raw, 0, 0);
    onSleep = () => {
      if (nowMs >= 500) kafka.commitAll(flinkGroup, topics.raw);
    };
    expect(await verify(request, tools())).toMatchObject({ ok: true });
  });

  it('ends with exit code 4 when the job does not catch up, and shows what ClickHouse complains about', async () => {
    kafka.commit(flinkGroup, topics.raw, 0, 0);
    const clickhouse = {
      ...tools().clickhouse,
      queues: () =>
        Promise.resolve([
          { table: 'dlq_queue', brokers: '', memberIds: [], exceptions: ['old', 'broker down'] },
        ]),
    };
    await expect(verify(request, tools({ clickhouse }))).rejects.toMatchObject({
      code: 'TIMED_OUT',
      exitCode: ExitCode.timeout,
      message: expect.stringContaining('2 raw records') as string,
      evidence: ['dlq_queue: broker down'],
    });
  });

  it('reads again when something was written while it read', async () => {
    let reads = 0;
    const aggregates = () => {
      if (++reads === 1) {
        kafka.append(topics.raw, 2, { value: Buffer.from('{') });
        nowMs += 100;
      }
      return once(rows);
    };
    onSleep = () => {
      kafka.commitAll(flinkGroup, topics.raw);
    };
    const result = await verify(request, tools({ clickhouse: { ...tools().clickhouse, aggregates } }));
    expect(reads).toBe(2);
    expect(result).toMatchObject({ ok: false, raw: { records: 4, malformed: 2 }, unaccounted: 1 });
  });

  it('says that traffic is still flowing when it never stops', async () => {
    const aggregates = () => {
      kafka.append(topics.raw, 2, { value: Buffer.from('{') });
      kafka.commitAll(flinkGroup, topics.raw);
      nowMs += 600;
      return once(rows);
    };
    await expect(
      verify(request, tools({ clickhouse: { ...tools().clickhouse, aggregates } })),
    ).rejects.toMatchObject({
      code: 'TIMED_OUT',
      message: expect.stringContaining('still flowing: 1 new') as string,
    });
  });

  it('does not balance books whose first records were deleted', async () => {
    kafka.partition(topics.raw, 0).begin = 1;
    await expect(verify(request, tools())).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  });
});

describe('verify with a manifest', () => {
  const entry = (index: number, fields: Partial<ManifestEntry>): ManifestEntry => ({
    index,
    id: uuid(index),
    key: null,
    event_time: 5,
    window: 0,
    verdict: 'on_time',
    partition: 0,
    offset: 0,
    ...fields,
  });
  /** What `produce` would have written of the records of each test. */
  const entries = [
    entry(1, {}),
    entry(2, { verdict: 'too_late', partition: 1 }),
    entry(3, { id: null, verdict: 'invalid', reason: 'malformed_json', offset: 1 }),
  ];
  const source = (chunks: ManifestChunk[], file = 'run.ndjson'): ManifestSource => ({
    file,
    lines: () => each(chunks),
  });
  const chunk = (...some: ManifestEntry[]): ManifestChunk => ({ entries: some, fraction: 1 });
  const audit = (partition: number, offset: number, verdict: string, reason: string | null = null) => {
    const value = { source_partition: partition, source_offset: offset, verdict, reason };
    kafka.append(topics.verdicts, partition, { value: Buffer.from(JSON.stringify(value)) });
  };

  it('checks it beside the books, without the audit topic', async () => {
    const manifests = [source([chunk(...entries)])];
    expect(await verify(request, tools({ manifests }))).toMatchObject({
      ok: true,
      manifest: {
        ok: true,
        entries: 3,
        found: 3,
        unlisted: 0,
        verdicts: { audited: false, matrix: { on_time: { on_time_or_late: 1 } } },
      },
    });
  });

  it('takes verdicts from the audit topic, where there is one', async () => {
    kafka.createTopic(topics.verdicts, 3);
    audit(0, 0, 'late');
    audit(0, 1, 'invalid', 'malformed_json');
    audit(1, 0, 'too_late', 'too_late');
    const manifests = [source([chunk(...entries)])];
    expect(await verify({ ...request, audit: true }, tools({ manifests }))).toMatchObject({
      ok: true,
      manifest: { verdicts: { audited: true, judgedOtherwise: { on_time: { late: 1 } } } },
    });
  });

  it('waits for verdicts that are not committed yet', async () => {
    kafka.createTopic(topics.verdicts, 3);
    audit(0, 0, 'on_time');
    const log = kafka.partition(topics.verdicts, 0);
    log.highWatermark++;
    let slept = 0;
    onSleep = () => {
      slept++;
      log.lastStable = log.highWatermark;
    };
    const manifests = [source([chunk(...entries)])];
    expect(await verify(request, tools({ manifests }))).toMatchObject({ ok: true });
    expect(slept).toBe(1);
  });

  it('is not ok when only the manifest is wrong, and leaves the books as they are', async () => {
    const manifests = [source([chunk(...entries, entry(9, { offset: 7 }))])];
    expect(await verify(request, tools({ manifests }))).toMatchObject({
      ok: false,
      mismatches: [],
      manifest: { ok: false, missing: 1, mismatches: [{ kind: 'missing', file: 'run.ndjson', line: 4 }] },
    });
  });

  it('reads several files once, however often it reads the topics', async () => {
    let reads = 0;
    const aggregates = () => {
      if (++reads === 1) {
        kafka.append(topics.raw, 2, { value: Buffer.from('{') });
        nowMs += 100;
      }
      return once(rows);
    };
    onSleep = () => {
      kafka.commitAll(flinkGroup, topics.raw);
    };
    const manifests = [source([chunk(...entries.slice(0, 2))], 'a'), source([chunk(entries[2]!)], 'b')];
    const clickhouse = { ...tools().clickhouse, aggregates };
    const result = await verify(request, tools({ manifests, clickhouse }));
    expect(reads).toBe(2);
    expect(result.manifest).toMatchObject({
      ok: true,
      files: [
        { file: 'a', entries: 2 },
        { file: 'b', entries: 1 },
      ],
      unlisted: 1,
    });
  });

  it('warns of a file that breaks off', async () => {
    const messages: string[] = [];
    const manifests = [source([chunk(...entries), { entries: [], fraction: 1, truncatedLine: 4 }])];
    const report: VerifyTools['report'] = (event) => {
      if (event.type === 'message') messages.push(event.text);
    };
    const result = await verify(request, tools({ manifests, report }));
    expect(result.manifest).toMatchObject({ ok: true, files: [{ truncated: true }] });
    expect(messages).toEqual([expect.stringContaining('run.ndjson breaks off in line 4')]);
  });
});
