// Whether `produce` keeps to its rate: each second of the topic's own timestamps, the total, and the CPU it takes.
import { spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { createTopicReader } from '../dist/adapters/kafka/reader.js';
import { topics } from '../dist/domain/topics.js';
import { bin, cpuSecondsOf, streamlab, withLab } from './support.mjs';

/** @param {import('./support.mjs').Context} context @returns {Promise<import('./support.mjs').Row[]>} */
export async function run({ quick, report }) {
  const seconds = quick ? 5 : 60;
  return withLab(async ({ connections }) => {
    // Only the broker is to be busy.
    await streamlab(['job', 'cancel', '--no-savepoint']);
    await measure(connections, 1_000, 3);
    const rows = [];
    for (const rate of [100, 5_000, 50_000]) {
      const { worst, total, cores, p99 } = await measure(connections, rate, seconds);
      report(
        `${rate}/s: worst second ${worst.toFixed(2)} %, total ${total.toFixed(3)} %, ${cores.toFixed(2)} cores`,
      );
      const how = `${seconds} s at ${rate}/s; whole seconds of the records' own timestamps`;
      rows.push(
        { what: `pacing at ${rate}/s, worst second off by`, unit: '%', ours: [worst], how },
        { what: `pacing at ${rate}/s, total off by`, unit: '%', ours: [total], how: 'the same' },
        {
          what: `pacing at ${rate}/s, CPU of produce`,
          unit: 'cores',
          ours: [cores],
          how: 'the same; start-up included',
        },
        { what: `pacing at ${rate}/s, due to acknowledged, p99`, unit: 'ms', ours: [p99], how: 'the same' },
      );
    }
    return rows;
  });
}

async function measure({ kafka }, rate, seconds) {
  const reader = createTopicReader(kafka);
  try {
    const before = await reader.offsets(topics.raw);
    const { summary, cpuSeconds } = await produce(['--rate', String(rate), '--duration', `${seconds}s`]);
    const after = await reader.offsets(topics.raw);
    const ranges = after.map(({ partition, highWatermark }) => ({
      partition,
      from: before.find((each) => each.partition === partition)?.highWatermark ?? 0,
      to: highWatermark,
    }));
    const perSecond = new Map();
    let records = 0;
    for await (const batch of reader.read(topics.raw, ranges))
      for (const { timestampMs } of batch) {
        records++;
        const second = Math.floor((timestampMs - summary.startedAt) / 1_000);
        perSecond.set(second, (perSecond.get(second) ?? 0) + 1);
      }
    const off = (actual, expected) => (100 * Math.abs(actual - expected)) / expected;
    const whole = Array.from({ length: seconds }, (_, second) => off(perSecond.get(second) ?? 0, rate));
    return {
      worst: Math.max(...whole),
      total: off(records, rate * seconds),
      cores: cpuSeconds / summary.durationSeconds,
      p99: summary.latencyMs.p99,
    };
  } finally {
    await reader.close();
  }
}

/** The command as a user runs it, and the processor time that the system says it took. */
async function produce(args) {
  const child = spawn(process.execPath, [bin, 'produce', '--json', ...args], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let text = '';
  child.stdout.on('data', (chunk) => (text += chunk));
  let cpuSeconds = 0;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  let isOver = false;
  void ended.then(() => (isOver = true));
  while (!isOver) {
    cpuSeconds = (await cpuSecondsOf(child.pid)) ?? cpuSeconds;
    await Promise.race([ended, delay(100)]);
  }
  return { summary: JSON.parse(text), cpuSeconds };
}
