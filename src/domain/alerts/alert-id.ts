import { hashSeed, hashStep, mixed } from '../ledger/hash.js';

/** The key of what one rule watches: a rule and labels, whatever the order they were written in. */
export function seriesKey(rule: string, labels: Readonly<Record<string, string>>): string {
  const sorted = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : Number(a > b)));
  return JSON.stringify([rule, sorted]);
}

/**
 * The id of an alert, from what it is about and when it began: whoever finds the same alert again, after a crash or on
 * recorded data, finds the same id.
 * @param startedAt of a rule on windows, the start of the first bad one: that is the same in every run
 */
export function alertId(rule: string, labels: Readonly<Record<string, string>>, startedAt: number): string {
  const key = `${seriesKey(rule, labels)}@${String(startedAt)}`;
  return `${rule}-${hex(textHash(key, hashSeed))}${hex(textHash(key, ~hashSeed))}`;
}

function textHash(text: string, seed: number): number {
  let hash = seed;
  for (let index = 0; index < text.length; index++) hash = hashStep(hash, text.charCodeAt(index));
  return mixed(hash);
}

function hex(hash: number): string {
  return hash.toString(16).padStart(8, '0');
}
