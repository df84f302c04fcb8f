/** Alerts of a rule are not sent to anybody for a while; they are judged, and written to the topic, as ever. */
export interface Silence {
  /** Its name, or `*` for all. */
  rule: string;
  /** An alert must have all of them; empty for any. */
  labels: Readonly<Record<string, string>>;
  /** Epoch milliseconds. */
  from: number;
  until: number;
  comment: string;
}

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
