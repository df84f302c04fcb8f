import { z } from 'zod';
import { seriesKey } from './alert-id.js';

/** Alerts of a rule are not sent to anybody for a while; they are judged, and written to the topic, as ever. */
export const silenceSchema = z.object({
  /** Its name, or `*` for all. */
  rule: z.string().min(1),
  /** An alert must have all of them; empty for any. */
  labels: z.record(z.string(), z.string()).readonly(),
  /** Epoch milliseconds. */
  from: z.int(),
  until: z.int(),
  comment: z.string(),
});
export type Silence = z.infer<typeof silenceSchema>;

interface Silenceable {
  rule: string;
  labels: Readonly<Record<string, string>>;
}

export function isSilenced(silences: readonly Silence[], alert: Silenceable, nowMs: number): boolean {
  return silences.some(
    ({ rule, labels, from, until }) =>
      (rule === '*' || rule === alert.rule) &&
      from <= nowMs &&
      nowMs < until &&
      Object.entries(labels).every(([name, value]) => alert.labels[name] === value),
  );
}

/** Those that are not over. */
export function livingSilences(silences: readonly Silence[], nowMs: number): readonly Silence[] {
  return silences.every(({ until }) => nowMs < until)
    ? silences
    : silences.filter(({ until }) => nowMs < until);
}

/** With one more, in place of one for the same rule and labels. */
export function withSilence(silences: readonly Silence[], silence: Silence): Silence[] {
  const key = seriesKey(silence.rule, silence.labels);
  return [...silences.filter(({ rule, labels }) => seriesKey(rule, labels) !== key), silence];
}
