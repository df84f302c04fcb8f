// Whether the job stays as fast as its state grows: one long backlog, its speed in each quarter, and how long checkpoints
// take meanwhile.
//   npm run build && node bench/flat.mjs [events, 20000000]
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { flinkGroup } from '../dist/domain/clickhouse.js';
import { drain, startOurs } from './job.mjs';
import { getJson, isolate, residentMegabytes, root, streamlab, withLab } from './support.mjs';

const count = Number(process.argv[2] ?? 20_000_000);
if (!Number.isSafeInteger(count) || count < 1_000_000) {
  console.error('Usage: node bench/flat.mjs [events, at least 1000000]');
  process.exit(2);
}
const folder = await mkdtemp(join(tmpdir(), 'streamlab-bench-'));
await isolate(folder);
try {
  await withLab(work);
} finally {
  process.chdir(root);
  await rm(folder, { recursive: true, force: true });
}

async function work(lab) {
  const { savepoint } = await streamlab(['job', 'cancel']);
  await streamlab(['produce', '--rate', '0', '--count', String(count), '--late', '3%', '--duplicates', '1%']);
  const checkpoints = new Map();
  const watching = setInterval(() => {
    void readCheckpoints(lab, checkpoints).catch(() => undefined);
  }, 2_000);
  let megabytes = 0;
  const { draining, seen } = await drain(lab, {
    group: flinkGroup,
    count,
    timeoutMs: count / 5,
    start: () => startOurs(savepoint, lab.config.checkpointInterval),
    beforeStop: async () => {
      await readCheckpoints(lab, checkpoints);
      const { services } = await streamlab(['status']);
      megabytes = await residentMegabytes(services.map(({ pid }) => pid));
    },
  }).finally(() => {
    clearInterval(watching);
  });
  // Not to its very end, where an idle source commits its offsets some seconds late.
  const quarters = [0.05, 0.25, 0.5, 0.75, 0.98].map((share) =>
    seen.find(({ done }) => done >= share * count),
  );
  const speeds = quarters
    .slice(1)
    .map((end, index) => Math.round((end.done - quarters[index].done) / (end.at - quarters[index].at)));
  const took = [...checkpoints.values()].map(({ end_to_end_duration: ms }) => ms).sort((a, b) => a - b);
  const size = Math.max(...[...checkpoints.values()].map(({ state_size: bytes }) => bytes));
  console.log(
    JSON.stringify(
      {
        events: count,
        eventsPerSecond: Math.round(draining),
        eventsPerSecondInQuarters: speeds,
        checkpointMs: { count: took.length, median: took[took.length >> 1], max: took.at(-1) },
        stateMegabytes: Math.round(size / 1e6),
        residentMegabytes: Math.round(megabytes),
      },
      null,
      2,
    ),
  );
}

/** Flink keeps the last ten. */
async function readCheckpoints({ connections }, into) {
  const { jobs } = await getJson(`${connections.flink.restUrl}/jobs`);
  for (const { id, status } of jobs) {
    if (status !== 'RUNNING') continue;
    const { history } = await getJson(`${connections.flink.restUrl}/jobs/${id}/checkpoints`);
    for (const each of history) if (each.status === 'COMPLETED') into.set(`${id}/${each.id}`, each);
  }
}
