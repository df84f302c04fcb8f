import { setTimeout as delay } from 'node:timers/promises';
import {
  alterClientQuotasV1,
  ClientQuotaEntityTypes,
  ClientQuotaKeys,
  Connection,
} from '@platformatic/kafka';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { flinkGroup } from '../../src/domain/clickhouse.js';
import type { TopJson } from '../../src/domain/pipeline/top-json.js';
import { topics } from '../../src/domain/topics.js';
import { pidsOf, TestHome, type CliProcess, type Status } from './support/cli.js';
import { eventually } from './support/clickhouse-daemon.js';
import { describeGroups, type DescribedPartition } from './support/consumer-groups.js';
import { handWritten, putLetter } from './support/hand-letters.js';
import { Terminal } from './support/terminal.js';

const home = new TestHome();
/** A silent partition is waited for during all of a test. */
const settings = ['--checkpoint-interval', '2s', '--idle-timeout', '2m'];
let broker = '';
let rest = '';

const status = () => home.json<Status>(['status'], [0, 3]);
const top = () => home.json<TopJson>(['top']);

beforeAll(async () => {
  const up = await home.cli(['up', ...settings]);
  expect(up.exitCode, up.stderr).toBe(0);
  const endpoint = new Map((await status()).services.map((service) => [service.name, service.endpoint]));
  broker = endpoint.get('kafka')!;
  rest = endpoint.get('flink-jobmanager')!;
});
afterAll(async () => {
  for (const screen of screens) screen.close();
  await home.end();
});

const hopRate = ({ hops }: TopJson, name: string): number =>
  hops.find(({ hop }) => hop === name)?.perSecond ?? Number.NaN;

function sentenceOf({ findings }: TopJson, code: string): string | undefined {
  return findings.find((finding) => finding.code === code)?.sentence;
}

/** Looks until there is such a finding. */
async function sentence(code: string, deadlineMs = 60_000): Promise<string> {
  let found: string | undefined;
  await eventually(async () => (found = sentenceOf(await top(), code)) !== undefined, deadlineMs);
  return found!;
}

describe('where it cannot be shown', () => {
  test('without a terminal top says so and what to do instead: exit code 2', async () => {
    const { exitCode, stdout, stderr } = await home.cli(['top']);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/top needs a terminal[^]*top --once[^]*top --json/);
    expect((await home.cli(['top', '--interval', '5'])).stderr).toMatch(/--interval 5: .*200ms to 1m/);
  });

  test('without a lab it says how to start one: exit code 3', async () => {
    for (const how of ['--once', '--json']) {
      const { exitCode, stderr, stdout } = await home.cli(['top', '--lab', 'none', how]);
      expect([how, exitCode]).toEqual([how, 3]);
      expect(stderr + stdout).toMatch(/streamlab up --lab none/);
    }
  });
});

describe('a lab that gets 500 records a second', () => {
  let traffic: CliProcess;
  beforeAll(async () => {
    traffic = home.start(['produce', '--rate', '500', '--late', '3%', '--duplicates', '2%']);
    await delay(5_000);
  });

  test('has these rates, and those of the source that Flink tells itself in the same time', async () => {
    const source = followSource((await status()).job!.id);
    let found = await top();
    // The job may have to catch up first with what came while it began.
    const isSteady = async (): Promise<boolean> => {
      found = await top();
      return Math.abs(hopRate(found, 'flink_in') - 500) < 50;
    };
    await eventually(isSteady, 90_000);
    const { perSecond, busy } = await source.stop();
    expect(Math.abs(hopRate(found, 'raw_in') - 500)).toBeLessThan(50);
    // Flink's counters and clocks, as it told them from one fetch to the next.
    const read = hopRate(found, 'flink_in');
    expect(read).toBeGreaterThan(0.98 * Math.min(...perSecond.slice(-8)));
    expect(read).toBeLessThan(1.02 * Math.max(...perSecond.slice(-8)));
    const [operator] = found.operators;
    expect(operator!.outPerSecond).toBe(read);
    expect(busy.map((share) => share.toFixed(3))).toContain(operator!.busy!.toFixed(3));
    const onTime = found.verdicts.find(({ verdict }) => verdict === 'on_time')!;
    expect(onTime.perSecond).toBeGreaterThan(300);
    expect(found.findings.filter(({ severity }) => severity === 'bad')).toEqual([]);
  });

  test('shows what is hostile as text, on a screen that q leaves at once and in order', async () => {
    const letter = handWritten.find(({ name }) => name === 'escape codes')!;
    await putLetter(broker, letter);
    const screen = onTerminal({ width: 160, height: 40 });
    await screen.until(/RUNNING.*exactly-once.*checkpoint/);
    await screen.until(/Kafka raw .*\d+\/s/s);
    screen.type('4');
    await screen.until(/\\u001b\[2J\\u001b\[31mred/);
    screen.type('/by hand');
    await screen.until(/\/by hand/);
    screen.type('\r\r');
    await screen.until(/Dead letter 0:\d+/);
    await screen.until(/reason.*by hand \\u001b\[2J.*\\u202eright to left\\u0007/);
    // Nothing of it as the terminal would obey it.
    expect(screen.stream).not.toContain('\u001b[31mred');
    expect(screen.stream).not.toContain('\u202e');
    expect(screen.stream).not.toContain('\u0007');
    screen.type('q');
    const { exitCode, ms } = await screen.ended();
    expect(exitCode).toBe(0);
    expect(ms).toBeLessThan(2_000);
    expect(screen.stream.startsWith('\u001b[?1049h')).toBe(true);
    // The cursor is seen again, and so is what stood there before.
    expect(screen.stream.lastIndexOf('\u001b[?25h')).toBeGreaterThan(
      screen.stream.lastIndexOf('\u001b[?25l'),
    );
    expectInOrder(screen);
  });

  test('is text without escape codes where --once goes through a pipe', async () => {
    const { exitCode, stdout } = await home.cli(['top', '--once'], { FORCE_COLOR: '1' });
    expect(exitCode).toBe(0);
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
    expect(stdout).toContain('by hand \\u001b[2J');
    expect(stdout).toMatch(/^job RUNNING .* exactly-once · checkpoint .* ago, /m);
    for (const section of ['Kafka raw', 'Lag', 'Watermark', 'Flink', 'Verdicts', 'Windows', 'Dead letters'])
      expect(stdout).toMatch(new RegExp(`^.*${section} `, 'm'));
  });

  test('is left at once with Ctrl-C too, also in 60 columns and 15 rows', async () => {
    const screen = onTerminal({ width: 60, height: 15 });
    await screen.until(/job RUNNING/);
    screen.type('\u0003');
    expect(await screen.ended()).toMatchObject({ exitCode: 0 });
    expectInOrder(screen);
  });

  afterAll(async () => {
    traffic.kill('SIGINT');
    await traffic;
  });
});

describe('lag', () => {
  test("is that of Kafka's own tool, partition by partition, when nothing comes any more", async () => {
    await eventually(async () => (await lagOf(flinkGroup)).every(({ lag }) => lag === 0), 60_000);
    // ClickHouse commits what it has read a moment later.
    await delay(3_000);
    await expectSameLag();
  });
});

test('an idle partition is named, with how long it has been idle', async () => {
  const traffic = home.start(['produce', '--rate', '200', '--idle-partition', '2', '--duration', '40s']);
  await delay(12_000);
  const held = await sentence('watermark_held');
  expect(held).toMatch(/^The watermark is held by partition 2, idle \d+ s: nothing comes there/);
  const { stdout } = await home.cli(['top', '--once']);
  expect(stdout).toMatch(/held by partition 2, idle \d+/);
  traffic.kill('SIGINT');
  await traffic;
});

test('a sink that a quota slows down is the cause that is told', async () => {
  await setQuotas(2_000);
  const traffic = home.start(['produce', '--rate', '300', '--invalid', '40%']);
  const slow = await sentence('sink_slow', 90_000);
  expect(slow).toMatch(
    /^The sink of dedupe .*dead-letter sink.* is slowed down by a quota of the brokers: they hold each request back for [\d,]+ ms/,
  );
  traffic.kill('SIGINT');
  await traffic;
  await setQuotas(undefined);
});

test('a stopped TaskManager is told with what it means; after up all is well again', async () => {
  const before = pidsOf(await status());
  process.kill(before['flink-taskmanager']!, 'SIGKILL');
  expect(await sentence('service_stopped', 20_000)).toBe(
    'flink-taskmanager is stopped: the job has nowhere to run. Start it again with: streamlab up',
  );
  expect((await home.cli(['produce', '--count', '777', '--rate', '0'])).exitCode).toBe(0);
  // Now there is a lag, and it does not change.
  expect((await lagOf(flinkGroup)).reduce((sum, { lag }) => sum + lag!, 0)).toBeGreaterThanOrEqual(777);
  await expectSameLag();
  const up = await home.cli(['up']);
  expect(up.exitCode, up.stderr).toBe(0);
  await eventually(async () => {
    const { job, findings } = await top();
    return job?.state === 'RUNNING' && !findings.some(({ severity }) => severity === 'bad');
  }, 60_000);
  await eventually(async () => (await lagOf(flinkGroup)).every(({ lag }) => lag === 0), 30_000);
});

const screens: Terminal[] = [];

function onTerminal(size: { width: number; height: number }): Terminal {
  // As on a machine that is called CI, where somebody has a terminal all the same.
  const env = { ...home.env, PATH: process.env.PATH ?? '', CI: 'true' };
  const screen = Terminal.start([process.execPath, 'bin/run.js', 'top'], env, size);
  screens.push(screen);
  return screen;
}

/** The cursor is seen again, and so is what stood on the terminal before. */
function expectInOrder({ stream }: Terminal): void {
  expect(stream.lastIndexOf('\u001b[?25h')).toBeGreaterThan(stream.lastIndexOf('\u001b[?25l'));
  expect(stream.slice(stream.lastIndexOf('\u001b[?1049l')).replaceAll('\u001b[?25h', '')).toBe(
    '\u001b[?1049l',
  );
}

async function lagOf(group: string): Promise<DescribedPartition[]> {
  return (await describeGroups(broker)).filter((found) => found.group === group);
}

/** What top says of each partition, beside what Kafka's own tool says. */
async function expectSameLag(): Promise<void> {
  const [{ groups }, described] = [await top(), await describeGroups(broker)];
  const ours = groups.flatMap(({ group, topic, partitions }) =>
    partitions.map(({ partition, committed, end, lagRecords }) => ({
      group,
      topic,
      partition,
      committed,
      end,
      // The tool gives none where nothing is committed; top counts all that is there.
      lag: committed === null ? null : lagRecords,
    })),
  );
  const order = (a: DescribedPartition, b: DescribedPartition): number =>
    a.group.localeCompare(b.group) || a.partition - b.partition;
  expect(ours.filter(({ topic }) => topic === topics.raw)).toHaveLength(4);
  // A group that has committed nowhere in a topic is not listed for all of its partitions.
  const listed = ours.filter((our) =>
    described.some(({ group, partition }) => group === our.group && partition === our.partition),
  );
  expect(listed.sort(order)).toEqual(described.sort(order));
}

/** Asks Flink for the source's counter, its clock and how busy it is, five times a second. */
function followSource(jobId: string): { stop: () => Promise<{ perSecond: number[]; busy: number[] }> } {
  const clock = ['accumulateBusyTimeMs', 'accumulateIdleTimeMs', 'accumulateBackPressuredTimeMs'];
  const counter = 'Source__raw_events[1].numRecordsOut';
  const points: { clock: number; out: number; busy: number }[] = [];
  const over = new AbortController();
  const following = (async () => {
    const job = `${rest}/jobs/${jobId}`;
    const { vertices } = (await (await fetch(job)).json()) as { vertices: { id: string }[] };
    const query = encodeURIComponent([counter, 'busyTimeMsPerSecond', ...clock].join(','));
    const url = `${job}/vertices/${vertices[0]!.id}/subtasks/metrics?get=${query}`;
    while (!over.signal.aborted) {
      const found = (await (await fetch(url)).json()) as {
        id: string;
        sum: number;
        max: number;
        avg: number;
      }[];
      const of = (id: string) => found.find((metric) => metric.id === id)!;
      const now = clock.reduce((sum, id) => sum + of(id).avg, 0);
      if (now > (points.at(-1)?.clock ?? 0))
        points.push({ clock: now, out: of(counter).sum, busy: of('busyTimeMsPerSecond').max / 1_000 });
      await delay(200);
    }
  })();
  return {
    stop: async () => {
      over.abort();
      await following;
      const perSecond = points.slice(1).map(({ clock: at, out }, i) => {
        const before = points[i]!;
        return ((out - before.out) * 1_000) / (at - before.clock);
      });
      return { perSecond, busy: points.map(({ busy }) => busy) };
    },
  };
}

/** `producer_byte_rate` for all clients but the generator; undefined takes it away. */
async function setQuotas(bytesPerSecond: number | undefined): Promise<void> {
  const connection = new Connection('test');
  const [host, port] = broker.split(':') as [string, string];
  await connection.connect(host, Number(port));
  const key = ClientQuotaKeys.PRODUCER_BYTE_RATE;
  const entry = (entityName: string | null, value: number) => ({
    entities: [{ entityType: ClientQuotaEntityTypes.CLIENT_ID, entityName: entityName! }],
    ops: [bytesPerSecond === undefined ? { key, remove: true } : { key, value, remove: false }],
  });
  const entries = [entry(null, bytesPerSecond ?? 0), entry('streamlab-produce', 1e8)];
  await alterClientQuotasV1.api.async(
    connection,
    entries as Parameters<typeof alterClientQuotasV1.api.async>[1],
    false,
  );
  await connection.close();
}
