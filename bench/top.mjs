// What the live screen takes of a core while 5 000 events a second come, and how long it takes to make a frame.
import { spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { nothingSeen } from '../dist/domain/pipeline/state.js';
import { observed } from '../dist/domain/pipeline/reducer.js';
import { pipelineView } from '../dist/domain/pipeline/view.js';
import { topics } from '../dist/domain/topics.js';
import { flinkGroup, queues } from '../dist/domain/clickhouse.js';
import { frame } from '../dist/tui/frame.js';
import { firstScreen, tabs } from '../dist/tui/screen.js';
import { painted } from '../dist/tui/text.js';
import { bin, cpuSecondsOf, percentile, streamlab, withLab } from './support.mjs';

const size = { width: 200, height: 50 };

/** @param {import('./support.mjs').Context} context @returns {Promise<import('./support.mjs').Row[]>} */
export async function run({ quick, runs, report }) {
  return [...frames(quick ? 60 : 1_000), ...(await live({ seconds: quick ? 5 : 60, runs, report }))];
}

/** The view of 64 partitions and 30 operators, watched for four minutes, and each tab of it, as often as it would be drawn. */
export function frames(count) {
  const states = [];
  let state = nothingSeen(facts);
  for (let second = 1; second <= 240; second++)
    for (const look of looks(second)) {
      state = observed(state, look);
      if (second > 230) states.push(state);
    }
  const times = [];
  for (let i = 0; i < count + 50; i++) {
    const tab = tabs[i % tabs.length];
    const begun = performance.now();
    const view = pipelineView(states[i % states.length], start + 240_500);
    const model = { view, trouble: null, logs: [], screen: { ...firstScreen(), tab } };
    frame(model, size)
      .lines.map((line) => painted(line, 256))
      .join('\n');
    // The first ones are those of a cold process.
    if (i >= 50) times.push(performance.now() - begun);
  }
  const how = `${count} frames of ${size.width}×${size.height}, all views in turn, 64 partitions, 30 operators, 4 min of history; from the state to the text`;
  return [
    { what: 'a frame of `top`, median', unit: 'ms', ours: [percentile(times, 0.5)], how },
    { what: 'a frame of `top`, p99', unit: 'ms', ours: [percentile(times, 0.99)], how: 'the same' },
  ];
}

async function live({ seconds, runs, report }) {
  return withLab(async () => {
    const traffic = streamlab(['produce', '--rate', '5000', '--duration', `${30 + (seconds + 15) * runs}s`]);
    // The job has taken up the traffic.
    await delay(20_000);
    const shares = [];
    for (let i = 0; i < runs; i++) {
      shares.push(await shareOfCore(seconds));
      report(`${shares.at(-1).toFixed(2)} % of a core`);
    }
    await traffic;
    const how = `${runs} runs of ${seconds} s at the default --interval, on a terminal of ${size.width}×${size.height}, 5000 events/s; user and system time, without the start`;
    return [{ what: 'live `top`, of one core', unit: '%', ours: shares, how }];
  });
}

/** Of the live screen on a terminal of its own, once it has started. */
async function shareOfCore(seconds) {
  const command = `stty cols ${size.width} rows ${size.height}; echo $$ >&2; exec '${process.execPath}' '${bin}' top 2>/dev/null`;
  const child = spawn('script', ['--quiet', '--return', '--command', `${command}`, '/dev/null'], {
    env: { ...process.env, SHELL: '/bin/sh', TERM: 'xterm-256color' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let written = '';
  child.stdout.on('data', (chunk) => (written += chunk));
  await delay(10_000);
  const pid = Number(/^(\d+)\r?$/m.exec(written)?.[1]);
  const [before, begun] = [await cpuSecondsOf(pid), performance.now()];
  await delay(seconds * 1_000);
  const [after, elapsed] = [await cpuSecondsOf(pid), (performance.now() - begun) / 1_000];
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.stdin.write('q');
  await ended;
  return (100 * (after - before)) / elapsed;
}

const start = Date.UTC(2026, 0, 1);
const facts = {
  lab: 'bench',
  runtime: 'local',
  settings: {
    guarantee: 'exactly-once',
    checkpointInterval: 5_000,
    watermarkDelay: 5_000,
    allowedLateness: 60_000,
    idleTimeout: 10_000,
    parallelism: 8,
    rawPartitions: 64,
  },
};

const numbered = (count, make) => Array.from({ length: count }, (_, i) => make(i));

/** What is seen in one second of a large lab. */
function looks(second) {
  const at = start + second * 1_000;
  const looked = [{ source: 'kafka', at, sample: kafka(second) }];
  if (second % 2 === 0)
    looked.push(
      { source: 'flink', at, sample: flink(second, at) },
      { source: 'clickhouse', at, sample: clickhouse(second) },
      { source: 'letters', at, sample: letters(at) },
      { source: 'services', at, sample: { services: [] } },
    );
  return looked;
}

function kafka(second) {
  const ends = (count) =>
    numbered(count, (partition) => {
      const end = 100 * second + partition;
      return { partition, begin: 0, lastStable: end, end, newestAt: null };
    });
  const committed = (count) => numbered(count, (partition) => ({ partition, committed: 90 * second }));
  return {
    topics: [
      { topic: topics.raw, partitions: ends(64) },
      ...queues.map(({ topic }) => ({ topic, partitions: ends(8) })),
    ],
    groups: [
      { group: flinkGroup, topic: topics.raw, partitions: committed(64) },
      ...queues.map(({ group, topic }) => ({ group, topic, partitions: committed(8) })),
    ],
  };
}

function flink(second, now) {
  const operator = (i) => ({
    id: `operator-${i}`,
    name: i === 0 ? 'Source: raw_events[1] -> Calc[2]' : `Deduplicate[${i}] -> Calc[${i}] -> sink: Writer`,
    inputs: i === 0 ? [] : [`operator-${i - 1}`],
    clockMs: second * 1_000,
    subtasks: numbered(8, (index) => ({
      index,
      busy: 0.5,
      backpressured: 0.1,
      idle: 0.4,
      watermark: now - 6_000,
    })),
    members: [`Deduplicate[${i}]`, `Calc[${i}]`, 'sink: Writer'].map((name) => ({
      name,
      recordsIn: 5_000 * second,
      recordsOut: 4_900 * second,
      producer: { latencyMs: 5, throttleMs: 0 },
    })),
  });
  const splits = numbered(64, (partition) => ({
    partition,
    watermark: now - 6_000 - partition,
    position: 100 * second,
    idle: 0,
  }));
  const checkpoint = { id: second, triggeredAt: now - 3_000, durationMs: 200, sizeBytes: 1e6 };
  return {
    taskManagers: 4,
    slotsTotal: 32,
    slotsFree: 0,
    job: {
      id: 'job',
      state: 'RUNNING',
      startedAt: start,
      restarts: 0,
      tasks: { total: 240, running: 240 },
      checkpoints: {
        completed: second,
        failed: 0,
        latest: checkpoint,
        latestFailure: null,
        runningSince: null,
      },
      lastFailure: null,
      operators: numbered(30, operator),
      splits,
      pendingRecords: 1_000,
    },
  };
}

function clickhouse(second) {
  const reasons = ['too_late', 'malformed_json', ...numbered(20, (i) => `missing_field:field_${i}`)];
  return {
    messagesRead: { [topics.aggregates]: 100 * second, [topics.deadLetters]: 10 * second },
    queueErrors: [],
    letters: {
      total: reasons.length * second,
      byReason: reasons.map((reason) => ({ reason, total: second, lastMinute: 60 })),
    },
    windows: numbered(10, (i) => ({
      start: start - i * 60_000,
      onTime: 100 * second,
      late: second,
      replayed: 0,
      revenue: '12345.67',
      emittedAt: start,
    })),
    alerts: [],
  };
}

function letters(at) {
  return {
    replayed: 0,
    newest: numbered(50, (i) => ({
      partition: i % 8,
      offset: i,
      reason: 'missing_field:user_id',
      eventId: `event-${i}`,
      eventType: 'page_view',
      eventTime: at,
      watermark: at,
      failedAt: at,
      attempt: 1,
      source: { partition: 0, offset: i },
      payload: JSON.stringify({ page: '/日本語', text: 'x'.repeat(200) }),
    })),
  };
}
