import { eventFields } from '../events.js';
import { refused, valueOf } from '../flag-value.js';
import { parseSpan } from '../span.js';
import { didYouMean } from '../traffic/notation.js';
import { holds, readCondition, type Condition } from './condition.js';
import { deadLetterPlace, tooLate } from './contract.js';
import type { JournalKey, Replayed } from './journal.js';
import type { DeadLetter } from './letter.js';
import type { LetterPayload } from './payload.js';

/** The flags that choose dead letters, as they were typed. */
export interface LetterOptions {
  place?: readonly string[] | undefined;
  since?: string | undefined;
  until?: string | undefined;
  reason?: readonly string[] | undefined;
  'event-type'?: readonly string[] | undefined;
  user?: readonly string[] | undefined;
  match?: readonly string[] | undefined;
  outstanding?: boolean | undefined;
}

/** Which dead letters are wanted: all that is said must hold; of a list, one. An empty list says nothing. */
export interface LetterFilter {
  /** Places on the dead-letter topic, such as `2:17`. */
  places: readonly string[];
  /** By the time a letter failed at, epoch milliseconds: from `sinceMs` on, before `untilMs`. */
  sinceMs: number | undefined;
  untilMs: number | undefined;
  /** Reasons, or the part before their colon: `missing_field` stands for all missing fields. */
  reasons: readonly string[];
  eventTypes: readonly string[];
  /** Key of the record, or `user_id` of its payload. */
  users: readonly string[];
  /** All must hold; for a payload that is no JSON none does. */
  conditions: readonly Condition[];
  /** Only letters that were not replayed. */
  outstanding: boolean;
}

/** The filter that takes all. */
export const everyLetter: LetterFilter = {
  places: [],
  sinceMs: undefined,
  untilMs: undefined,
  reasons: [],
  eventTypes: [],
  users: [],
  conditions: [],
  outstanding: false,
};

/** Every reason the job gives, and the groups of those that name a field. */
export const knownReasons: readonly string[] = [
  tooLate,
  'malformed_json',
  'unsupported_schema_version',
  'future_event',
  ...['missing_field', 'invalid_field'].flatMap((group) => [
    group,
    ...eventFields.map((field) => `${group}:${field}`),
  ]),
];

/**
 * @param nowMs what durations count back from, epoch milliseconds
 * @throws StreamlabError INVALID_USAGE naming the flag
 */
export function parseFilter(options: LetterOptions, nowMs: number): LetterFilter {
  return {
    places: (options.place ?? []).map(placeOf),
    ...parseSpan(options, nowMs),
    reasons: (options.reason ?? []).map(reasonOf),
    eventTypes: (options['event-type'] ?? []).map((text) => nonEmpty('event-type', text)),
    users: (options.user ?? []).map((text) => nonEmpty('user', text)),
    conditions: (options.match ?? []).map((text) =>
      valueOf('match', text, readCondition(text), [
        'For instance: --match page=/cart, --match "amount!=null" or --match items[0].sku',
      ]),
    ),
    outstanding: options.outstanding ?? false,
  };
}

function placeOf(text: string): string {
  const place = text.trim();
  const [, partition, offset] = /^(\d{1,6}):(\d{1,16})$/.exec(place) ?? [];
  if (partition !== undefined && offset !== undefined)
    return deadLetterPlace(Number(partition), Number(offset));
  throw refused('place', text, 'that is no partition:offset', ['For instance: --place 2:17']);
}

function reasonOf(text: string): string {
  const reason = text.trim();
  if (knownReasons.includes(reason)) return reason;
  throw refused('reason', text, `there is no such reason${didYouMean(reason, knownReasons)}`, [
    `Reasons: ${knownReasons.filter((known) => !known.includes(':')).join(', ')}; the last two also with a field, such as missing_field:channel`,
  ]);
}

function nonEmpty(flag: string, text: string): string {
  if (text === '') throw refused(flag, text, 'it is empty', []);
  return text;
}

/** Whether a dead letter is wanted. The payload is parsed only when the filter asks for it. */
export function matches(
  filter: LetterFilter,
  letter: DeadLetter,
  payload: LetterPayload,
  replayed: Replayed | undefined,
): boolean {
  return (
    isInTime(filter, letter.failedAtMs) &&
    !(filter.outstanding && replayed !== undefined) &&
    isOneOf(filter.reasons, (reason) => letter.reason === reason || letter.reason.startsWith(`${reason}:`)) &&
    isOneOf(filter.eventTypes, (type) => letter.eventType === type) &&
    isOneOf(filter.users, (user) => payload.key === user || payload.fields?.user_id === user) &&
    (filter.conditions.length === 0 || holdsAll(filter.conditions, payload))
  );
}

/** Whether a dead letter is at a place that is wanted. */
export function isPlaceOf({ places }: LetterFilter, { partition, offset }: JournalKey): boolean {
  return places.length === 0 || places.includes(deadLetterPlace(partition, offset));
}

/** Whether a dead letter that cannot be read may be wanted: what the filter says of its contents nobody knows. */
export function mayMatch(filter: LetterFilter, timestampMs: number, replayed: Replayed | undefined): boolean {
  return isInTime(filter, timestampMs) && !(filter.outstanding && replayed !== undefined);
}

function isInTime({ sinceMs, untilMs }: LetterFilter, ms: number): boolean {
  return (sinceMs === undefined || ms >= sinceMs) && (untilMs === undefined || ms < untilMs);
}

function isOneOf(wanted: readonly string[], is: (text: string) => boolean): boolean {
  return wanted.length === 0 || wanted.some(is);
}

function holdsAll(conditions: readonly Condition[], payload: LetterPayload): boolean {
  const { fields } = payload;
  return fields !== undefined && conditions.every((condition) => holds(condition, fields));
}

/** The filters as flags, in a fixed order: what the journal keeps of a replay's selection. Empty: all letters. */
export function describeFilter(options: LetterOptions): string {
  const flag = (name: string, texts: readonly string[] = []): string[] =>
    texts.map((text) => `--${name} ${shellWord(text)}`);
  return [
    ...flag('place', options.place),
    ...flag('since', options.since === undefined ? [] : [options.since]),
    ...flag('until', options.until === undefined ? [] : [options.until]),
    ...flag('reason', options.reason),
    ...flag('event-type', options['event-type']),
    ...flag('user', options.user),
    ...flag('match', options.match),
    ...(options.outstanding === true ? ['--outstanding'] : []),
  ].join(' ');
}

function shellWord(text: string): string {
  return /^[\w.,:=%@/+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
