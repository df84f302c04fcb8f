// How fast the job works off a backlog, beside a plain count of the same records (tumble-count.sql).
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import kafkajs from 'kafkajs';
import { createFlinkRest } from '../dist/adapters/flink/flink-rest.js';
import { openSqlSession } from '../dist/adapters/flink/sql-gateway.js';
import { createKafkaAdmin } from '../dist/adapters/kafka/admin.js';
import { flinkGroup } from '../dist/domain/clickhouse.js';
import { planJob } from '../dist/domain/flink-job.js';
import { topics } from '../dist/domain/topics.js';
import { root, streamlab, until, withLab } from './support.mjs';

/** The peers, by the table that each counts. */
const peers = { plain: 'typed_events', once: 'first_events' };
const drainTimeoutMs = 300_000;
/** Late enough for a second window, and duplicates for the deduplication to find; nothing a typed reader chokes on. */
const mix = ['--late', '3%', '--duplicates', '1%'];

/** @param {import('./support.mjs').Context} context @returns {Promise<import('./support.mjs').Row[]>} */
export async function run({ quick, runs, report }) {
  const count = quick ? 100_000 : 2_000_000;
  const interval = quick ? 1_000 : undefined;
  return withLab(async (lab) => {
    // The empty state before the backlog: every run begins there.
    const { savepoint } = await streamlab(['job', 'cancel']);
    await streamlab(['produce', '--rate', '0', '--count', String(count), ...mix]);
    const checkpointInterval = interval ?? lab.config.checkpointInterval;
    const drains = {
      plain: () => drainPeer(lab, peers.plain, { count, checkpointInterval }),
      once: () => drainPeer(lab, peers.once, { count, checkpointInterval }),
      ours: () =>
        drain(lab, { group: flinkGroup, count, start: () => startOurs(savepoint, checkpointInterval) }),
    };
    const seen = { plain: [], once: [], ours: [] };
    for (let round = 0; round < runs; round++) {
      for (const [name, start] of Object.entries(drains)) {
        seen[name].push(await start());
        report(`${name}: ${told(seen[name].at(-1))}`);
      }
    }
    const beside = (peer, figure) => ({
      unit: 'events/s',
      ours: seen.ours.map((one) => one[figure]),
      peer: seen[peer].map((one) => one[figure]),
    });
    const how =
      `${runs} runs on a backlog of ${count} (3 % late, 1 % duplicates), parallelism ${lab.config.parallelism}, ` +
      `checkpoints every ${checkpointInterval / 1_000} s; peer: typed JSON, TUMBLE count, blackhole`;
    return [
      {
        what: 'job, while draining',
        ...beside('plain', 'draining'),
        how: `${how}; slope of the committed offsets`,
      },
      {
        what: 'job, whole',
        ...beside('plain', 'whole'),
        how: 'the same, from submission to the last offset committed by a checkpoint',
      },
      {
        what: 'job, while draining, and its ceiling',
        ...beside('once', 'draining'),
        how: 'the same runs; peer: the count with each event id counted once, which SQL can do by state for each id only',
      },
    ];
  });
}

/**
 * Starts a job on the backlog and follows the offsets that its group commits.
 * @returns {Promise<{ draining: number, whole: number, seen: { at: number, done: number }[] }>} events per second; and
 *   each commit that was seen, in seconds since the start
 */
export async function drain(
  { connections },
  { group, count, start, beforeStop, timeoutMs = drainTimeoutMs },
) {
  await forgetGroup(connections, group);
  const admin = createKafkaAdmin(connections.kafka);
  /** Each change that was seen: seconds since the start, and records behind the committed offsets. */
  const seen = [{ at: 0, done: 0 }];
  const begun = performance.now();
  const started = start();
  let failure;
  started.catch((error) => {
    failure = error;
  });
  const hasReachedTheEnd = async () => {
    if (failure !== undefined) throw failure;
    const offsets = await admin.committed(group, topics.raw);
    const done = [...offsets.values()].reduce((sum, offset) => sum + offset, 0);
    if (done > seen.at(-1).done) seen.push({ at: (performance.now() - begun) / 1_000, done });
    return done >= count;
  };
  await until(`${group} to reach the end`, hasReachedTheEnd, { timeoutMs });
  await admin.close();
  const stop = await started;
  await beforeStop?.();
  await stop();
  return { draining: slope(seen, count), whole: count / seen.at(-1).at, seen };
}

/**
 * Between the first commit and the last one within nine tenths of the backlog: the start is left out, and the end, where an
 * idle source commits its offsets some seconds late. NaN when there were fewer than two.
 */
function slope(seen, count) {
  const inside = seen.filter(({ done }) => done > 0 && done <= 0.9 * count);
  const [first, last] = [inside[0], inside.at(-1)];
  return first === last ? Number.NaN : (last.done - first.done) / (last.at - first.at);
}

function told({ draining, whole }) {
  return `${Math.round(draining)}/s while draining, ${Math.round(whole)}/s whole`;
}

async function forgetGroup({ kafka }, group) {
  const client = new kafkajs.Kafka({ brokers: [...kafka.brokers], logLevel: kafkajs.logLevel.NOTHING });
  const admin = client.admin();
  await admin.connect();
  await admin.deleteGroups([group]).catch(() => undefined);
  await admin.disconnect();
}

export async function startOurs(savepoint, checkpointInterval) {
  await streamlab(['job', 'submit', '--from', savepoint, '--checkpoint-interval', `${checkpointInterval}ms`]);
  return () => streamlab(['job', 'cancel', '--no-savepoint']);
}

function drainPeer(lab, events, { count, checkpointInterval }) {
  const name = `bench-${events}`;
  return drain(lab, {
    group: name,
    count,
    start: () => startPeer(lab, { name, events, checkpointInterval }),
  });
}

/** A count of those events, through the same SQL Gateway. */
async function startPeer({ connections, config }, { name, events, checkpointInterval }) {
  const text = await readFile(join(root, 'bench', 'tumble-count.sql'), 'utf8');
  const values = {
    jobName: name,
    consumerGroup: name,
    events,
    dedupeHorizonMs: config.dedupeHorizon,
    rawTopic: topics.raw,
    kafkaBootstrap: connections.kafkaInside.brokers.join(','),
    parallelism: config.parallelism,
    checkpointIntervalMs: checkpointInterval,
  };
  const session = await openSqlSession(connections.flink.gatewayUrl, {
    'execution.runtime-mode': 'streaming',
  });
  const { setup, inserts } = planJob([{ name: 'bench/tumble-count.sql', text }], values);
  for (const { sql } of setup) await session.execute(sql);
  const { jobId } = await session.execute(inserts[0].sql);
  await session.close();
  return () => endJob(connections, jobId);
}

async function endJob({ flink }, id) {
  const rest = createFlinkRest(flink.restUrl);
  await rest.cancel(id);
  await until('the count to end', async () => (await rest.job(id))?.state === 'CANCELED');
}
