import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import kafkajs from 'kafkajs';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { alertRecordSchema, type AlertRecord } from '../../src/domain/alerts/record.js';
import { dispatcherHeader } from '../../src/domain/alerts/topic-records.js';
import { topics } from '../../src/domain/topics.js';
import { DiscordServer, token } from '../adapters/notify/support/discord-server.js';
import { TestHome, pidsOf, type CliProcess, type Status } from './support/cli.js';
import { eventually } from './support/clickhouse-daemon.js';
import { Minutes, MINUTE } from './support/minutes.js';
import { readAll } from './support/topics.js';

// Between two tests nothing comes for a while: a partition that were taken for idle would make the next minutes late.
const home = new TestHome({ STREAMLAB_IDLE_TIMEOUT: '30m' });
const waitMs = 90_000;
let discord: DiscordServer;
let minutes: Minutes;
let broker: string;
let status: Status;
/** Of every dispatcher that ran, all that it said. */
const said: string[] = [];

// The tests say that it is an hour and a half ago: by the clock, nothing has come since then.
const rulesFile = join(home.stateHome, 'rules.yaml');
const shipped = readFileSync('templates/alerts/rules.yaml', 'utf8');
writeFileSync(
  rulesFile,
  shipped
    .replace('- name: no-traffic', '- name: no-traffic\n    enabled: false')
    // Spikes follow one another in a quarter of an hour.
    .replace('- name: dead-letter-spike', '- name: dead-letter-spike\n    cooldown: 0s'),
);

beforeAll(async () => {
  const up = await home.cli(['up']);
  expect(up.exitCode, up.stderr).toBe(0);
  status = await home.json<Status>(['status']);
  broker = status.services[0]!.endpoint!;
  discord = await DiscordServer.start({ now: Date.now });
  minutes = await Minutes.open(broker, Date.now() - 100 * MINUTE);
});
afterAll(async () => {
  await minutes.close();
  await discord.stop();
  await home.end();
});

const dispatchers: CliProcess[] = [];
// One that a failed test left behind would hold up the next.
afterEach(async () => {
  for (const running of dispatchers.splice(0)) {
    running.kill('SIGKILL');
    await running;
  }
});

/** A dispatcher in the foreground, as a user has it; it tells also of what the tests say was an hour and a half ago. */
function dispatcher(): CliProcess & { text: () => string } {
  const running = home.start(['alerts', 'run', '--since', '2h', '--rules', rulesFile], {
    STREAMLAB_DISCORD_WEBHOOK_URL: discord.address,
  });
  dispatchers.push(running);
  const index = said.push('') - 1;
  const take = (chunk: Buffer): void => {
    said[index] = `${said[index] ?? ''}${chunk.toString()}`;
  };
  running.stdout.on('data', take);
  running.stderr.on('data', take);
  return Object.assign(running, { text: () => said[index]! });
}

async function ended(running: CliProcess): Promise<number> {
  running.kill('SIGINT');
  return (await running).exitCode ?? -1;
}

/** Rules in the order in which Discord was told of them. */
const told = (): string[] => discord.acknowledged.map((id) => id.replace(/-[0-9a-f]{16}.*$/, ''));

const noAlert = 'not an alert';
async function onTopic(): Promise<{ isOwn: boolean; record: AlertRecord }[]> {
  const records = await readAll(broker, topics.alerts);
  return records
    .filter(({ value }) => value!.toString() !== noAlert)
    .map(({ value, headers }) => ({
      isOwn: headers.some(([name]) => name === dispatcherHeader),
      record: alertRecordSchema.parse(JSON.parse(value!.toString())),
    }));
}
const storyOf = (records: { isOwn: boolean; record: AlertRecord }[]): string[] =>
  records.filter(({ isOwn }) => isOwn).map(({ record }) => `${record.status} ${record.rule}`);

async function completedCheckpoints(): Promise<number> {
  const flink = status.services.find(({ name }) => name.includes('jobmanager'))!.endpoint!;
  const url = new URL(
    `/jobs/${status.job!.id}/checkpoints`,
    flink.startsWith('http') ? flink : `http://${flink}`,
  );
  const answer = (await (await fetch(url)).json()) as { counts: { completed: number } };
  return answer.counts.completed;
}

let next = 0;
async function calm(count: number): Promise<void> {
  for (const end = next + count; next < end; next++) await minutes.calm(next);
}
async function odd(of: Parameters<Minutes['send']>[1]): Promise<void> {
  await minutes.send(next++, of);
}
/** Alerts that come up in the same look are told together: `…+2` is of three. */
function alertsIn(ids: readonly string[]): number {
  return ids.reduce((sum, id) => sum + 1 + Number(/\+(\d+)$/.exec(id)?.[1] ?? 0), 0);
}

/** One that fires and resolves, also if it comes and goes: then it has to be good for ten minutes. */
async function spike(): Promise<void> {
  await odd({ malformed: 60 });
  await calm(12);
}
const toldOf = (count: number): Promise<void> =>
  eventually(() => Promise.resolve(discord.acknowledged.length >= count), waitMs);

test('a spike of dead letters and a fall of revenue fire once, within two checkpoints, and resolve once', async () => {
  const running = dispatcher();
  await eventually(() => Promise.resolve(running.text().includes('rules of')), waitMs);
  await calm(8);
  await odd({ malformed: 60 });
  await calm(1);
  await toldOf(1);
  await calm(1);
  await toldOf(2);
  await odd({ amount: 1 });
  await calm(1);
  const before = await completedCheckpoints();
  await toldOf(3);
  // One may be under way when the window closes, and one more may end while Discord is told.
  expect((await completedCheckpoints()) - before).toBeLessThanOrEqual(3);
  await calm(1);
  await toldOf(4);
  await calm(2);
  await eventually(async () => storyOf(await onTopic()).length >= 4, waitMs);
  expect(told()).toEqual(['dead-letter-spike', 'dead-letter-spike', 'revenue-drop', 'revenue-drop']);
  const records = await onTopic();
  expect(storyOf(records)).toEqual([
    'firing dead-letter-spike',
    'resolved dead-letter-spike',
    'firing revenue-drop',
    'resolved revenue-drop',
  ]);
  const own = records.filter(({ isOwn }) => isOwn).map(({ record }) => record);
  expect(own.map(({ started_at }) => started_at)).toEqual([8, 8, 11, 11].map((n) => minutes.at(n)));
  expect(own[0]!.alert_id).toBe(own[1]!.alert_id);
  expect(own[0]!.evidence).toMatchObject({ unit: 'share', high: 0.05, value: 60 / 260 });
  expect(own[2]!.evidence).toMatchObject({ unit: 'money', value: 80, expected: 1_600 });
  expect(await ended(running)).toBe(130);
  expect(running.text()).toMatch(
    /WARNING dead-letter-spike: 23\.1% .* {2}value=23\.1% {2}expected=at most 5% {2}last minutes=·*▇ .*\/d\/streamlab-overview/,
  );
});

test('ClickHouse has them, for the dashboards', async () => {
  const clickhouse = status.services.find(({ name }) => name === 'clickhouse')!.endpoint!;
  const secret =
    /password (\S+)/.exec((await home.cli(['up'])).stdout + (await home.cli(['up'])).stderr)?.[1] ?? '';
  const query = "SELECT count() FROM streamlab.alerts WHERE rule IN ('dead-letter-spike', 'revenue-drop')";
  const headers = { 'X-ClickHouse-User': 'default', 'X-ClickHouse-Key': secret };
  const count = async (): Promise<string> =>
    (await fetch(clickhouse, { method: 'POST', body: query, headers })).text();
  await eventually(async () => (await count()).trim() === '4', waitMs);
});

test('a second one is refused, and says what to do', async () => {
  const running = dispatcher();
  await eventually(() => Promise.resolve(running.text().includes('rules of')), waitMs);
  const second = await home.cli(['alerts', 'run']);
  expect(second.exitCode).toBe(4);
  expect(second.stderr).toMatch(/Another dispatcher works on the lab "default".*\n.*End it first/);
  expect(await ended(running)).toBe(130);
});

test('killed at any moment and started again: no alert is lost, and none is on the topic twice', async () => {
  const rounds = 3;
  const before = storyOf(await onTopic()).length;
  const known = discord.acknowledged.length;
  for (let round = 0; round < rounds; round++) {
    const running = dispatcher();
    await eventually(() => Promise.resolve(running.text().includes('rules of')), waitMs);
    await spike();
    // From before it is found until after it is told.
    const delay = 500 + Math.random() * 7_000;
    await new Promise((resolve) => setTimeout(resolve, delay));
    running.kill('SIGKILL');
    await running;
  }
  const last = dispatcher();
  // Those before may have told all of it already: it is to be interrupted as a dispatcher, not as a program that starts.
  await eventually(() => Promise.resolve(last.text().includes('rules of')), waitMs);
  await eventually(async () => storyOf(await onTopic()).length >= before + 2 * rounds, waitMs);
  const since = (): string[] => discord.acknowledged.slice(known);
  await eventually(() => Promise.resolve(alertsIn(since()) >= 2 * rounds), waitMs);
  expect(await ended(last)).toBe(130);
  const story = storyOf(await onTopic()).slice(before);
  expect(story).toEqual(
    Array.from({ length: rounds }, () => ['firing dead-letter-spike', 'resolved dead-letter-spike']).flat(),
  );
});

test('what is silenced is on the topic, and nobody is told', async () => {
  const silence = await home.cli(['alerts', 'silence', 'dead-letter-spike', '--for', '1h']);
  expect(silence.exitCode, silence.stderr).toBe(0);
  const known = discord.acknowledged.length;
  const running = dispatcher();
  await eventually(() => Promise.resolve(running.text().includes('rules of')), waitMs);
  await spike();
  await eventually(
    async () => (await onTopic()).filter(({ record }) => record.silenced === true).length === 2,
    waitMs,
  );
  await eventually(
    () => Promise.resolve(/SILENCED\s+firing: dead-letter-spike/.test(running.text())),
    waitMs,
  );
  expect(await ended(running)).toBe(130);
  expect(discord.acknowledged).toHaveLength(known);
  expect((await home.cli(['alerts', 'silence', 'dead-letter-spike', '--end'])).exitCode).toBe(0);
});

test('an alert that somebody else writes to the topic is told, once', async () => {
  const producer = new kafkajs.Kafka({ brokers: [broker], logLevel: kafkajs.logLevel.NOTHING }).producer();
  await producer.connect();
  const running = dispatcher();
  await eventually(() => Promise.resolve(running.text().includes('rules of')), waitMs);
  const known = discord.acknowledged.length;
  const record = { alert_id: 'disk-full/7', rule: 'disk-full', severity: 'critical', status: 'firing' };
  const value = JSON.stringify({ ...record, summary: 'The disk of host 7 is full', fired_at: Date.now() });
  const messages = [{ value }, { value }, { value: noAlert }];
  await producer.send({ topic: topics.alerts, messages });
  await toldOf(known + 1);
  await eventually(() => Promise.resolve(running.text().includes('SKIPPED')), waitMs);
  expect(discord.acknowledged.slice(known)).toEqual(['disk-full/7']);
  expect(await ended(running)).toBe(130);
  await producer.disconnect();
});

test('while Kafka is away it waits, says so, and goes on afterwards', async () => {
  const running = dispatcher();
  await eventually(() => Promise.resolve(running.text().includes('rules of')), waitMs);
  const known = discord.acknowledged.length;
  process.kill(pidsOf(await home.json<Status>(['status'])).kafka!, 'SIGKILL');
  await eventually(() => Promise.resolve(running.text().includes('Waiting: ')), waitMs);
  expect((await home.cli(['up'])).exitCode).toBe(0);
  await spike();
  await toldOf(known + 2);
  expect(running.text()).toContain('All answers again.');
  expect(await ended(running)).toBe(130);
});

/** What of a replay's JSON is looked at here. */
interface Replay {
  firings: { alertId: string; rule: string; comparison: string; firedAt: number; startedAt: number }[];
  gone: { alertId: string; rule: string; value: number }[];
  windows: { count: number };
  silent: string[];
  notJudged: { rule: string; why: string }[];
}

test('a replay of the rules finds the alerts that were fired, by their ids, and of others says so', async () => {
  const replay = ['alerts', 'replay', '--since', '3h'];
  const units = ['share', 'money', 'events'];
  const before = await onTopic();
  const fired = before.filter(
    ({ isOwn, record }) =>
      isOwn && record.status === 'firing' && units.includes(record.evidence?.unit ?? 'none'),
  );
  expect(fired.length).toBeGreaterThanOrEqual(2);
  const refused = await home.cli(replay);
  expect(refused).toMatchObject({ exitCode: 2, stdout: '' });
  expect(refused.stderr).toContain('add --dry-run');
  replay.push('--dry-run');
  const same = await home.json<Replay>([...replay, '--rules', rulesFile]);
  const idsOf = (alerts: readonly { alertId: string }[]): string[] => alerts.map(({ alertId }) => alertId);
  expect(idsOf(same.firings).sort()).toEqual(fired.map(({ record }) => record.alert_id).sort());
  expect(new Set(same.firings.map(({ comparison }) => comparison))).toEqual(new Set(['as_it_was']));
  expect(same.gone).toEqual([]);
  for (const { startedAt, firedAt } of same.firings) expect(firedAt).toBe(startedAt + MINUTE);
  expect(same.windows.count).toBe(next - 1);
  expect(same.notJudged).toContainEqual({ rule: 'consumer-lag', why: 'not_recorded' });
  // None of the spikes reaches a half, and there is no rule about revenue any more.
  const file = join(home.stateHome, 'milder.yaml');
  const rules = [
    '{ name: dead-letter-spike, kind: dlq_rate, above: 50% }',
    '{ name: few, kind: dlq_rate, above: 10/min }',
  ];
  writeFileSync(file, `rules:\n${rules.map((rule) => `  - ${rule}\n`).join('')}`);
  const milder = await home.json<Replay>([...replay, '--rules', file]);
  expect(idsOf(milder.gone).sort()).toEqual(idsOf(same.firings).sort());
  expect(milder.silent).toEqual(['dead-letter-spike']);
  const [first] = milder.firings;
  expect(first).toMatchObject({ rule: 'few', comparison: 'new', startedAt: minutes.at(8) });
  const shown = await home.cli([...replay, '--rules', file]);
  expect(shown.stdout).toMatch(/^\S+ \S+ +\S+ +gone +warning +dead-letter-spike +23\.1% +at most 5% /m);
  expect(shown.stdout).toMatch(/ new +warning +few /);
  const nothing = await home.cli([...replay.slice(0, 3), '1m', '--dry-run']);
  expect(nothing).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('no window closed') as string,
  });
  expect(storyOf(await onTopic())).toEqual(storyOf(before));
});

test('the secret of the webhook is in no output, no file and no record', async () => {
  const folder = join(home.stateHome, 'streamlab', 'labs', 'default', 'alerts');
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
  expect(files.length).toBeGreaterThanOrEqual(2);
  const written = (await readAll(broker, topics.alerts)).map(({ value }) => value!.toString());
  for (const text of [...said, ...files, ...written]) expect(text).not.toContain(token);
  expect(discord.problems).toEqual([]);
  expect(discord.tooEarly).toEqual([]);
});
