import { setPriority } from 'node:os';
import { configSchema } from '../domain/config.js';
import { reasonOf } from '../errors.js';
import { openLab } from './lab.js';
import { runtimeOf } from './runtimes.js';
import { keepPlan } from './submit.js';

// Started by `up` when it is done (src/wiring/next-start.ts): makes what the next start is quicker with, beside all that
// really matters, and ends. Whatever fails here, the next start does without it.

function say(sentence: string): void {
  process.stdout.write(`${new Date().toISOString()} ${sentence}\n`);
}

setPriority(19);
const ending = new AbortController();
const { signal } = ending;
const end = (): void => {
  ending.abort();
};
process.on('SIGTERM', end);
setTimeout(end, 10 * 60_000).unref();
const config = configSchema.parse(JSON.parse(process.env.STREAMLAB_NEXT_START ?? ''));
const runtime = await runtimeOf(config);
const { plans } = runtime;

/** A part that fails keeps no other from being made. */
async function part(what: string, make: () => Promise<void> | undefined): Promise<void> {
  try {
    await make();
    say(`${what}: there.`);
  } catch (error) {
    say(`${what}: ${reasonOf(error)}`);
  }
}

await part('The plan of the job', async () => {
  if (plans === undefined) return;
  const lab = await openLab(config);
  await keepPlan({ ...lab, runtime, plans, report: say, signal });
});
await part('The class archives', () =>
  runtime.prepareNextStart?.({ config, offline: true, report: () => undefined, signal }),
);
