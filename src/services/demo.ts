import type { WindowTotals } from '../adapters/clickhouse/clickhouse.js';
import type { ProduceSummary } from '../domain/traffic/summary.js';
import type { Report } from '../domain/progress.js';

/** The parts of a demo, each a verb of its own. */
export interface DemoParts<Up, Stats, Verdict extends { ok: boolean }> {
  up(): Promise<Up>;
  produce(): Promise<ProduceSummary>;
  /** The windows that have results since the demo began. */
  windows(sinceMs: number): Promise<WindowTotals[]>;
  deadLetters(): Promise<Stats>;
  verify(): Promise<Verdict>;
}

/** What the demo shows, as it happens. */
export interface DemoStage<Up, Stats> {
  upDone(up: Up): void;
  window(result: WindowTotals): void;
  produced(summary: ProduceSummary): void;
  deadLetters(stats: Stats): void;
}

export interface DemoResult<Stats, Verdict> {
  produced: ProduceSummary;
  windows: WindowTotals[];
  deadLetters: Stats;
  verify: Verdict;
}

export interface DemoTools {
  report: Report;
  signal: AbortSignal;
  now: () => number;
  sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

const lookEveryMs = 2_000;

/**
 * The whole lab in one go: up, traffic with late, duplicate and invalid events, results per window as they come,
 * dead letters, and the ledger.
 */
export async function demo<Up, Stats, Verdict extends { ok: boolean }>(
  parts: DemoParts<Up, Stats, Verdict>,
  stage: DemoStage<Up, Stats>,
  tools: DemoTools,
): Promise<DemoResult<Stats, Verdict>> {
  stage.upDone(await parts.up());
  const sinceMs = tools.now();
  const over = new AbortController();
  const watching = watchWindows(parts, stage, { ...tools, signal: over.signal }, sinceMs);
  let produced: ProduceSummary;
  try {
    produced = await parts.produce();
    stage.produced(produced);
    tools.signal.throwIfAborted();
    const verdict = await parts.verify();
    over.abort();
    const windows = await watching;
    const deadLetters = await parts.deadLetters();
    stage.deadLetters(deadLetters);
    return { produced, windows, deadLetters, verify: verdict };
  } finally {
    over.abort();
    await watching.catch(() => undefined);
  }
}

/** Shows each window when it first has a result and whenever that grows; returns the last state of all. */
async function watchWindows<Up, Stats, Verdict extends { ok: boolean }>(
  parts: DemoParts<Up, Stats, Verdict>,
  stage: DemoStage<Up, Stats>,
  tools: DemoTools,
  sinceMs: number,
): Promise<WindowTotals[]> {
  const shown = new Map<number, string>();
  const look = async (): Promise<WindowTotals[]> => {
    const windows = await parts.windows(sinceMs);
    for (const window of windows) {
      const state = JSON.stringify(window);
      if (shown.get(window.windowStart) === state) continue;
      shown.set(window.windowStart, state);
      stage.window(window);
    }
    return windows;
  };
  while (!tools.signal.aborted) {
    await look();
    await tools.sleep(lookEveryMs, tools.signal);
  }
  return look();
}
