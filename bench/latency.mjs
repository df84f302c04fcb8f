// From the moment when an event is sent to the moment when ClickHouse shows a total that includes it; and memory meanwhile.
//
// Totals cannot be asked for one event, but they can be counted: at every moment, so many events have been sent, and so
// many are in the totals. As nothing is lost and the traffic is clean, the k-th event (in order of sending, or of event
// time) is visible when the totals reach k. Events of one partition cannot overtake each other; between partitions they can, by
// what one checkpoint takes in: that exchanges delays among neighbours and leaves their distribution as it is.
import { setTimeout as delay } from 'node:timers/promises';
import { createKafkaAdmin } from '../dist/adapters/kafka/admin.js';
import { createTopicReader } from '../dist/adapters/kafka/reader.js';
import { flinkGroup } from '../dist/domain/clickhouse.js';
import { topics } from '../dist/domain/topics.js';
import { askClickHouse, percentile, residentMegabytes, streamlab, until, withLab } from './support.mjs';

const rates = [1_000, 5_000];
/** Only memory is looked at: a slower job may be behind for a while. */
const heavyRate = 20_000;
const sampleMs = 100;

/** @param {import('./support.mjs').Context} context @returns {Promise<import('./support.mjs').Row[]>} */
export async function run({ quick, report }) {
  const seconds = quick ? 12 : 40;
  const settleMs = quick ? 3_000 : 10_000;
  return withLab(async (lab) => {
    await delay(settleMs);
    const { services } = await streamlab(['status']);
    const pids = services.map(({ pid }) => pid);
    const rows = [
      { what: 'memory at rest', unit: 'MB', ours: [await residentMegabytes(pids)], how: memoryHow(services) },
    ];
    for (const rate of rates) {
      const { delays, memory } = await measure(lab, { rate, seconds, settleMs, pids });
      report(`${delays.sinceSent.length} events at ${rate}/s`);
      rows.push(...latencyRows(lab.config, { rate, seconds, delays }));
      rows.push({
        what: `memory at ${rate}/s`,
        unit: 'MB',
        ours: memory,
        how: `median of ${memory.length} looks during the ${seconds} s of traffic`,
      });
    }
    const { memory, lag } = await heavy(lab, { rate: heavyRate, seconds, pids });
    report(`at ${heavyRate}/s the job was ${lag} records behind at the end`);
    rows.push({
      what: `memory at ${heavyRate}/s`,
      unit: 'MB',
      ours: memory,
      how: `the same; at its end ${lag} records were not covered by a checkpoint yet`,
    });
    rows.push(...(await atLeastOnce({ seconds, settleMs, report })));
    return rows;
  });
}

/** The same job, its results visible before a checkpoint. */
async function atLeastOnce({ seconds, settleMs, report }) {
  await streamlab(['down', '--volumes', '--yes']);
  process.env.STREAMLAB_GUARANTEE = 'at-least-once';
  try {
    return await withLab(async (lab) => {
      await delay(settleMs);
      const rate = rates.at(-1);
      const { delays } = await measure(lab, { rate, seconds, settleMs, pids: [] });
      report(`${delays.sinceSent.length} events at ${rate}/s, at-least-once`);
      return latencyRows(lab.config, { rate, seconds, delays }).map((row) => ({ ...row, peer: undefined }));
    });
  } finally {
    delete process.env.STREAMLAB_GUARANTEE;
  }
}

function memoryHow(services) {
  return `resident memory of ${services.length} processes (${services.map(({ name }) => name).join(', ')}), after \`up\``;
}

function latencyRows({ checkpointInterval, watermarkDelay, guarantee }, { rate, seconds, delays }) {
  const row = (what, ms, how) => ({
    what: `${what} at ${rate}/s, ${guarantee}`,
    unit: 's',
    ours: [ms / 1_000],
    peer: [checkpointInterval / 1_000],
    how: `${how}${guarantee === 'exactly-once' ? '; peer: the checkpoint interval' : ''}`,
  });
  const visible = `sent to Kafka to visible in ClickHouse, ${seconds} s`;
  const p99 = percentile(delays.sinceEventTime, 0.99);
  return [
    ...[50, 95, 99].map((percent) =>
      row(`latency, p${percent},`, percentile(delays.sinceSent, percent / 100), visible),
    ),
    row('latency from event time, p99,', p99, 'the same, plus what the traffic itself is out of order'),
    // No watermark passes an event before the delay is over, so the close of its window is no sooner.
    row(
      'latency from the close of a window, p99,',
      p99 - watermarkDelay,
      'event time plus watermark delay to visible',
    ),
  ];
}

/** @returns delays in milliseconds of all events but those of the first seconds, and memory in MB, many times */
async function measure({ connections }, { rate, seconds, settleMs, pids }) {
  const before = await visibleEvents(connections);
  const from = await endOffsets(connections);
  const memory = [];
  const seen = [];
  const look = async () => {
    const events = (await visibleEvents(connections)) - before;
    if (events > (seen.at(-1)?.events ?? 0)) seen.push({ at: Date.now(), events });
    return events;
  };
  let sent;
  const sending = streamlab(['produce', '--rate', String(rate), '--duration', `${seconds}s`]).then(
    (summary) => {
      sent = summary;
    },
  );
  const memoryTimer = setInterval(() => void residentMegabytes(pids).then((one) => memory.push(one)), 1_000);
  await until('all events to be visible', async () => (await look()) >= (sent?.acknowledged ?? Infinity), {
    everyMs: sampleMs,
  }).finally(() => {
    clearInterval(memoryTimer);
  });
  await sending;
  if (sent.unsent > 0) throw new Error(`The broker did not keep up with ${rate}/s: ${JSON.stringify(sent)}`);
  const { sentAt, eventTimes } = await timesOf(connections, from);
  const delaysSince = (times) => delaysOf(times, seen, sent.startedAt + settleMs);
  return { delays: { sinceSent: delaysSince(sentAt), sinceEventTime: delaysSince(eventTimes) }, memory };
}

/** Memory in MB, many times, and what the job had not got through when the traffic ended. */
async function heavy({ connections }, { rate, seconds, pids }) {
  const memory = [];
  const timer = setInterval(() => void residentMegabytes(pids).then((one) => memory.push(one)), 1_000);
  const args = ['produce', '--rate', String(rate), '--duration', `${seconds}s`];
  await streamlab(args).finally(() => {
    clearInterval(timer);
  });
  return { memory, lag: await lagOf(connections) };
}

async function lagOf({ kafka }) {
  const [reader, admin] = [createTopicReader(kafka), createKafkaAdmin(kafka)];
  const ends = await reader.offsets(topics.raw);
  const done = await admin.committed(flinkGroup, topics.raw);
  await Promise.all([reader.close(), admin.close()]);
  return ends.reduce(
    (sum, { partition, highWatermark }) => sum + highWatermark - (done.get(partition) ?? 0),
    0,
  );
}

/** @param times in order @param seen what the totals were, in order */
function delaysOf(times, seen, fromMs) {
  const delays = [];
  let look = 0;
  times.forEach((time, index) => {
    while (seen[look].events <= index) look++;
    if (time >= fromMs) delays.push(seen[look].at - time);
  });
  return delays;
}

function visibleEvents(connections) {
  return askClickHouse(
    connections,
    `SELECT sum(events) FROM ${connections.clickhouse.database}.agg_1m_latest`,
  );
}

async function endOffsets({ kafka }) {
  const reader = createTopicReader(kafka);
  const ends = await reader.offsets(topics.raw);
  await reader.close();
  return new Map(ends.map(({ partition, highWatermark }) => [partition, highWatermark]));
}

/** The times of the records since those offsets, each list in order: when they were sent, and their event times. */
async function timesOf({ kafka }, since) {
  const reader = createTopicReader(kafka);
  const ends = await reader.offsets(topics.raw);
  const ranges = ends.map(({ partition, highWatermark: to }) => ({
    partition,
    from: since.get(partition),
    to,
  }));
  const [sentAt, eventTimes] = [[], []];
  for await (const batch of reader.read(topics.raw, ranges)) {
    for (const { value, timestampMs } of batch) {
      sentAt.push(timestampMs);
      eventTimes.push(JSON.parse(value.toString()).event_time);
    }
  }
  await reader.close();
  const ordered = (times) => times.sort((a, b) => a - b);
  return { sentAt: ordered(sentAt), eventTimes: ordered(eventTimes) };
}
