import type { LabSample } from './inputs.js';
import { observation, type Observation } from './observation.js';
import type { AlertRule, RuleOf, SampleRule } from './rule.js';

/** Counters that begin at 0 again with every job, as what was added to them, and when. */
export interface Counter {
  jobId: string | null;
  last: number;
  added: readonly (readonly [at: number, count: number])[];
}
export const counterNames = ['checkpointsFailed', 'restarts'] as const;
export type Counters = Readonly<Partial<Record<(typeof counterNames)[number], Counter>>>;

const WEEK_MS = 7 * 86_400_000;

/** What was counted before the first look is nobody's news. */
export function counted(counters: Counters, sample: LabSample): Counters {
  const next: Partial<Record<keyof Counters, Counter>> = { ...counters };
  for (const name of counterNames) {
    const value = sample[name];
    if (value === null) continue;
    const before = counters[name];
    if (before === undefined) {
      next[name] = { jobId: sample.jobId, last: value, added: [] };
      continue;
    }
    const isSame = before.jobId === sample.jobId && value >= before.last;
    const count = isSame ? value - before.last : value;
    const kept = before.added.filter(([at]) => at > sample.at - WEEK_MS);
    const added = count > 0 ? [...kept, [sample.at, count] as const] : kept;
    next[name] = { jobId: sample.jobId, last: value, added };
  }
  return next;
}

/** What a rule says about a look at the lab, whose counters are counted already. */
export function observeSample(rule: SampleRule, sample: LabSample, counters: Counters): Observation[] {
  switch (rule.kind) {
    case 'consumer_lag':
      return consumerLag(rule, sample);
    case 'watermark_lag':
      return [tooMuch(sample.at, watermarkLagSeconds(sample), rule.above / 1_000, 'seconds')];
    case 'checkpoint_failures':
      return [increase(rule, sample, counters, 'checkpointsFailed')];
    case 'job_restarts':
      return [increase(rule, sample, counters, 'restarts')];
    case 'zero_traffic':
      return [silence(rule, sample)];
  }
}

/** Without records the watermark stands still by right: it is behind the newest one, not behind the clock. */
function watermarkLagSeconds({ at, watermark, newestRecordAt }: LabSample): number | null {
  if (watermark === null) return null;
  return Math.max(0, Math.min(at, newestRecordAt ?? at) - watermark) / 1_000;
}

function tooMuch(
  at: number,
  value: number | null,
  high: number,
  unit: 'seconds' | 'count',
  labels: Record<string, string> = {},
): Observation {
  const verdict = value === null ? 'unknown' : value > high ? 'bad' : 'good';
  return observation({ labels, at, verdict, unit, value, high });
}

function consumerLag({ group, above }: RuleOf<'consumer_lag'>, { at, lags }: LabSample): Observation[] {
  return (lags ?? [])
    .filter((lag) => group === undefined || lag.group === group)
    .map((lag) => tooMuch(at, lag.seconds, above / 1_000, 'seconds', { group: lag.group }));
}

function increase(
  { above, within }: Extract<AlertRule, { within: number }>,
  sample: LabSample,
  counters: Counters,
  name: keyof Counters,
): Observation {
  const recent = (counters[name]?.added ?? []).filter(([at]) => at > sample.at - within);
  const value = sample[name] === null ? null : recent.reduce((sum, [, count]) => sum + count, 0);
  return tooMuch(sample.at, value, above, 'count');
}

/** Where nothing ever came, nothing is missed. */
function silence(rule: RuleOf<'zero_traffic'>, { at, newestRecordAt }: LabSample): Observation {
  if (newestRecordAt === null)
    return observation({ labels: {}, at, verdict: 'unknown', unit: 'seconds', value: null });
  const silentMs = Math.max(0, at - newestRecordAt);
  return observation({
    labels: {},
    at,
    verdict: silentMs >= rule.for ? 'bad' : 'good',
    unit: 'seconds',
    value: silentMs / 1_000,
    high: rule.for / 1_000,
    since: newestRecordAt,
  });
}
