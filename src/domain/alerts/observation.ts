import type { Unit } from './record.js';

/** Nothing is known (too few events, no answer): that neither fires an alert nor resolves one. */
export type Verdict = 'bad' | 'good' | 'unknown';

/** What a rule says about one window, or about one look at the lab. */
export interface Observation {
  labels: Readonly<Record<string, string>>;
  /** The start of the window, or the time of the look. */
  at: number;
  verdict: Verdict;
  unit: Unit;
  value: number | null;
  /** Beyond them it is bad. */
  low: number | null;
  high: number | null;
  expected: number | null;
  /** What the value was made of, in events. */
  volume: number | null;
  /** Since when it is bad, where that is known better than from the first bad observation. */
  since?: number;
}

export function observation(
  parts: Pick<Observation, 'labels' | 'at' | 'verdict' | 'unit' | 'value'> & Partial<Observation>,
): Observation {
  return { low: null, high: null, expected: null, volume: null, ...parts };
}
