import type { WindowTotals } from '../adapters/clickhouse/clickhouse.js';
import type { Config } from '../domain/config.js';
import { everyLetter } from '../domain/dlq/filter.js';
import type { LetterStats } from '../domain/dlq/letter-tally.js';
import type { LedgerResult } from '../domain/ledger/ledger.js';
import type { Report } from '../domain/progress.js';
import type { ProduceOptions } from '../domain/traffic/options.js';
import type { DemoResult, DemoStage } from '../services/demo.js';
import type { UpResult } from '../services/up.js';
import { openLab, runUp } from './lab.js';
import { runLetterStats } from './letter-stats.js';
import { sleep } from './pipeline.js';
import { runProduce } from './produce.js';
import { runVerify } from './verify.js';

export type Demo = DemoResult<LetterStats, LedgerResult>;

const verifyPatienceMs = 120_000;

/** The demo on the lab that the configuration names. */
export async function runDemo(
  config: Config,
  request: {
    traffic: ProduceOptions;
    stage: DemoStage<UpResult, LetterStats>;
    report: Report;
    signal: AbortSignal;
  },
): Promise<Demo> {
  const { traffic, stage, report, signal } = request;
  const { demo } = await import('../services/demo.js');
  return demo(
    {
      up: () => runUp(config, { offline: false, givenFlags: [], prefer: 'local', report, signal }),
      produce: () => runProduce(config, traffic, { report: asStep(report), signal }),
      windows: (sinceMs) => windowTotals(config, sinceMs),
      deadLetters: () => runLetterStats(config, { filter: everyLetter, report, signal }),
      verify: () => runVerify(config, { waitMs: verifyPatienceMs, report, signal }),
    },
    stage,
    { report, signal, now: Date.now, sleep },
  );
}

/** Windows are printed while traffic flows: one line of it is enough. */
function asStep(report: Report): Report {
  return (event) => {
    if (event.type !== 'live') report(event);
    else report({ type: 'step', id: event.id, title: 'Producing', state: 'running', detail: event.line });
  };
}

async function windowTotals(config: Config, sinceMs: number): Promise<WindowTotals[]> {
  const { connections } = await openLab(config);
  const { createClickHouse } = await import('../adapters/clickhouse/clickhouse.js');
  const clickhouse = createClickHouse(connections.clickhouse);
  try {
    return await clickhouse.windows(sinceMs);
  } finally {
    await clickhouse.close();
  }
}
