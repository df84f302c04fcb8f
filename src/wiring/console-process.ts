import { configSchema } from '../domain/config.js';
import { reasonOf } from '../errors.js';
import { serveLab } from './console.js';

// The lab's own console, as `up` starts it (src/adapters/runtime/console-process.ts): the same as `streamlab console`, with
// its output as a log.

const exitMs = 2_000;

const { port, config } = JSON.parse(process.env.STREAMLAB_CONSOLE ?? '') as { port: number; config: unknown };
const end = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  // Not `once`: signal-exit, which comes with the lock of the lab, kills a process whose only listener has gone by its turn.
  process.on(signal, () => {
    end.abort();
    setTimeout(() => process.exit(0), exitMs).unref();
  });
}

// On a full disk the page is still of use, without its log.
process.stdout.on('error', () => undefined);

function say(sentence: string): void {
  process.stdout.write(`${new Date().toISOString()} ${sentence}\n`);
}

try {
  await serveLab(configSchema.parse(config), port, {
    onListening: (url) => {
      say(`The console is at ${url}`);
    },
    say,
    signal: end.signal,
  });
} catch (error) {
  say(`The console ended: ${reasonOf(error)}`);
  process.exitCode = 1;
}
