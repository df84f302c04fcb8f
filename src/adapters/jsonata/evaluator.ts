import { Worker } from 'node:worker_threads';
import type { FixRule } from '../../domain/dlq/fix-rules.js';
import type { Fixed } from '../../domain/dlq/replay-plan.js';
import { compileFix, type Fix } from './expression.js';
import type { ToEvaluator } from './sandbox.js';

/*
  A process of its own, started by `sandbox.ts`: evaluates fixes until nobody is connected any more. It may be killed at
  any time, and runs out of memory alone.
*/

/** Answers that wait to be sent; they go out together, but so soon that silence means that one evaluation hangs. */
const FLUSH_EVERY_MS = 100;

// Ctrl-C is for the process that started this one.
process.on('SIGINT', () => undefined);
process.on('disconnect', () => process.exit());
// An evaluation that hangs hears of no disconnection.
new Worker(new URL('watchdog.js', import.meta.url), { workerData: process.ppid }).unref();

let fixes: Fix[] = [];
process.on('message', (message: ToEvaluator) => {
  if ('requests' in message) {
    void answer(message.requests);
    return;
  }
  fixes = message.rules.map((rule: FixRule) => compileFix(rule));
  // A sign of life.
  process.send?.([]);
});

async function answer(requests: Extract<ToEvaluator, { requests: unknown }>['requests']): Promise<void> {
  let answers: Fixed[] = [];
  let sentAt = Date.now();
  for (const request of requests) {
    const fix = fixes[request.rule];
    answers.push(fix === undefined ? { trouble: 'is not there' } : await fix(request));
    if (Date.now() - sentAt < FLUSH_EVERY_MS) continue;
    process.send?.(answers);
    answers = [];
    sentAt = Date.now();
  }
  if (answers.length > 0) process.send?.(answers);
}
