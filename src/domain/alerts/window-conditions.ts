import { eventTypes, orderTypes } from '../events.js';
import { bandOf, type Band } from './detectors.js';
import { observation, type Observation } from './observation.js';
import type { Entry } from './series.js';
import type { RuleOf, WindowRule } from './rule.js';
import { lettersByReason, totalsOf, type WindowFacts } from './windows.js';

/** A window, and what the rule has seen so far. */
export interface WindowLook {
  start: number;
  windowMs: number;
  facts: WindowFacts;
  /** Nothing came in the minute before or after: traffic began or ended within this one. */
  isPartial: boolean;
  /** Labels under which the rule has observed anything before: those are observed again. */
  known: readonly Readonly<Record<string, string>>[];
  /** What was observed of windows before this one, oldest first. */
  before: (labels: Readonly<Record<string, string>>) => readonly Entry[];
}

/** What a rule says about a window that is complete enough. */
export function observeWindow(rule: WindowRule, look: WindowLook): Observation[] {
  switch (rule.kind) {
    case 'dlq_rate':
      return dlqRate(rule, look);
    case 'error_share':
      return errorShare(rule, look);
    case 'revenue_anomaly':
      return [revenueAnomaly(rule, look)];
    case 'zero_traffic':
      return typesWithoutTraffic(rule, look);
  }
}

function dlqRate(rule: RuleOf<'dlq_rate'>, look: WindowLook): Observation[] {
  const counts = lettersByReason(look.facts);
  const all = sum(counts.values());
  const wanted = [...counts].filter(([reason]) => isWanted(rule.reason, reason));
  const input = all + totalsOf(look.facts).arrived;
  if (!rule.by_reason)
    return [rateObservation(rule, look, { labels: {}, letters: sum(wanted.map(([, n]) => n)), input })];
  const reasons = new Set([
    ...wanted.map(([reason]) => reason),
    ...look.known.map(({ reason = '' }) => reason),
  ]);
  return [...reasons].sort().map((reason) => {
    const letters = counts.get(reason) ?? 0;
    return rateObservation(rule, look, { labels: { reason }, letters, input });
  });
}

/** Reasons, or the part of them before their colon. */
function isWanted(patterns: readonly string[] | undefined, reason: string): boolean {
  return patterns?.some((pattern) => reason === pattern || reason.startsWith(`${pattern}:`)) ?? true;
}

interface Letters {
  labels: Record<string, string>;
  letters: number;
  input: number;
}

function rateObservation(
  { above, min_events }: Pick<RuleOf<'dlq_rate'>, 'above' | 'min_events'>,
  { start, windowMs }: WindowLook,
  { labels, letters, input }: Letters,
): Observation {
  const isShare = 'share' in above;
  const high = isShare ? above.share : above.perMinute;
  const value = isShare ? (input === 0 ? null : letters / input) : (letters * 60_000) / windowMs;
  // A share of few says little. That there is none says something, however few there are.
  const isKnown = !isShare || letters === 0 || input >= min_events;
  const verdict = !isKnown || value === null ? 'unknown' : value > high ? 'bad' : 'good';
  const unit = isShare ? 'share' : 'per_minute';
  return observation({ labels, at: start, verdict, unit, value, high, volume: input });
}

function errorShare(rule: RuleOf<'error_share'>, look: WindowLook): Observation[] {
  return (rule.event_type ?? eventTypes).flatMap((type) => {
    const letters = sum(lettersByReason(look.facts, type).values());
    const input = letters + totalsOf(look.facts, [type]).arrived;
    if (input === 0 && !look.known.some(({ event_type }) => event_type === type)) return [];
    const { above: share, min_events } = rule;
    return [
      rateObservation({ above: { share }, min_events }, look, {
        labels: { event_type: type },
        letters,
        input,
      }),
    ];
  });
}

function revenueAnomaly(rule: RuleOf<'revenue_anomaly'>, look: WindowLook): Observation {
  const total = totalsOf(look.facts, orderTypes);
  const seen = { labels: {}, at: look.start, unit: 'money' as const, volume: total.events };
  // Nobody was there, for some of it at least: that is zero_traffic's business, and nothing to compare others with.
  if (look.isPartial || totalsOf(look.facts).arrived === 0)
    return observation({ ...seen, verdict: 'unknown', value: null });
  const value = total.cents / 100;
  const before = look
    .before({})
    .filter((entry) => entry.value !== null)
    .slice(-rule.windows);
  const band = bandOf(
    rule,
    before.map((entry) => entry.value ?? 0),
  );
  const volume = sum(before.map((entry) => entry.volume ?? 0)) / before.length;
  if (band === undefined || volume < rule.min_events)
    return observation({ ...seen, verdict: 'unknown', value });
  return observation({ ...seen, value, ...sided(rule, band), verdict: verdictOf(rule, band, value) });
}

function verdictOf({ direction }: RuleOf<'revenue_anomaly'>, band: Band, value: number): 'bad' | 'good' {
  const isDrop = value < band.low && direction !== 'rise';
  const isRise = value > band.high && direction !== 'drop';
  return isDrop || isRise ? 'bad' : 'good';
}

function sided(
  { direction }: RuleOf<'revenue_anomaly'>,
  { low, high, expected }: Band,
): Partial<Observation> {
  return { low: direction === 'rise' ? null : low, high: direction === 'drop' ? null : high, expected };
}

/** A window is known of only because something was counted in it: so others have come, and this type has not. */
function typesWithoutTraffic(rule: RuleOf<'zero_traffic'>, look: WindowLook): Observation[] {
  const isEmpty = totalsOf(look.facts).arrived === 0;
  return (rule.event_type ?? []).flatMap((type) => {
    const value = totalsOf(look.facts, [type]).arrived;
    const isKnown = look.known.some(({ event_type }) => event_type === type);
    // What never came is not missed.
    if (value === 0 && !isKnown) return [];
    const verdict = isEmpty ? 'unknown' : value === 0 ? 'bad' : 'good';
    const labels = { event_type: type };
    return [observation({ labels, at: look.start, verdict, unit: 'events', value, low: 1, volume: value })];
  });
}

function sum(numbers: Iterable<number>): number {
  let total = 0;
  for (const number of numbers) total += number;
  return total;
}
