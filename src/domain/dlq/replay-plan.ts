import { judgePayload, type JudgedEvent } from '../reason.js';
import { topics } from '../topics.js';
import { utf8Of } from '../utf8.js';
import { deadLetterPlace, tooLate } from './contract.js';
import { ruleFor, type FixRule } from './fix-rules.js';
import type { Replayed } from './journal.js';
import { payloadOf, type DeadLetter } from './letter.js';
import type { LetterPayload } from './payload.js';

/** Why a dead letter that the filters take is not sent. */
export const skipReasons = [
  'alreadyReplayed',
  'unrepairable',
  'tooManyAttempts',
  'alreadyCounted',
  'unreadable',
] as const;
export type SkipReason = (typeof skipReasons)[number];

export interface Skip {
  skip: SkipReason;
  /** A clause that goes on from "the dead letter at 2:17 was not sent: ". */
  why: string;
}

/** What goes to the raw topic. */
export interface Send {
  skip?: undefined;
  /** Of the original record. */
  key: Uint8Array | null;
  value: Uint8Array;
  /** 1 for the first replay of an event. */
  attempt: number;
  /** What the job will make of it. */
  event: JudgedEvent;
  repaired: boolean;
  /** The journal says that it was sent before. */
  forced: boolean;
  /** Place of the raw record that the letter is of. */
  source: { partition: number; offset: number };
  /** Its event may stand on the raw topic already: it was invalid, and a correct version may have come. */
  mayBeCounted: boolean;
}

/** What a fix works on. */
export interface FixRequest {
  /** Of the dead letter. */
  place: string;
  /** Number of the rule. */
  rule: number;
  /** The payload as text, with U+FFFD for bytes that are not UTF-8; null when it has none. */
  text: string | null;
  /** `$letter` in an expression. */
  letter: Readonly<Record<string, unknown>>;
}

/** The new event as JSON text; or what went wrong, a clause. */
export type Fixed = { json: string; trouble?: undefined } | { json?: undefined; trouble: string };

/** Not decided before a fix was tried. */
export interface Repair {
  skip?: undefined;
  request: FixRequest;
  attempt: number;
}

/** How often an event may be replayed unless somebody says otherwise. */
export const defaultAttempts = 3;

export interface ReplayPolicy {
  rules: readonly FixRule[];
  force: boolean;
  maxAttempts: number;
  maxFutureSkewMs: number;
  /** Whether the raw topic takes so large a record. */
  fits: (key: Uint8Array | null, value: Uint8Array) => boolean;
}

export interface ReadableLetter {
  letter: DeadLetter;
  payload: LetterPayload;
  replayed: Replayed | undefined;
}

const lenient = new TextDecoder('utf-8', { ignoreBOM: true });

/** @param nowMs the record's timestamp if it is sent now, epoch milliseconds */
export function planLetter(found: ReadableLetter, policy: ReplayPolicy, nowMs: number): Skip | Send | Repair {
  const { letter, replayed } = found;
  const { bytes, trouble } = payloadOf(letter);
  if (bytes === undefined) return { skip: 'unreadable', why: trouble };
  if (letter.source.topic !== topics.raw)
    return { skip: 'unreadable', why: `it comes from another topic, ${JSON.stringify(letter.source.topic)}` };
  if (replayed !== undefined && !policy.force)
    return { skip: 'alreadyReplayed', why: `it was sent by the replay ${replayed.replayId}` };
  const attempt = Math.max(letter.attempt, (replayed?.attempt ?? 0) + 1);
  if (attempt > policy.maxAttempts)
    return {
      skip: 'tooManyAttempts',
      why: `it would be attempt ${attempt} of at most ${policy.maxAttempts}`,
    };

  const { valid, reason } = judgePayload(bytes, nowMs, policy.maxFutureSkewMs);
  const needsRule = valid === undefined || letter.reason === tooLate;
  const rule = needsRule
    ? ruleFor(policy.rules, letter.reason, () => found.payload.fields?.schema_version)
    : -1;
  if (rule >= 0) {
    const text = bytes === null ? null : lenient.decode(bytes);
    const place = deadLetterPlace(letter.partition, letter.offset);
    return { request: { place, rule, text, letter: bindingOf(letter, found.payload.key) }, attempt };
  }
  if (valid === undefined || bytes === null)
    return {
      skip: 'unrepairable',
      why: `it is still invalid (${reason ?? 'malformed_json'}), and nothing repairs it`,
    };
  return send(found, { value: bytes, event: valid, repaired: false, attempt }, policy);
}

/** What becomes of a letter once its fix was tried. */
export function planRepaired(
  found: ReadableLetter,
  { request, attempt }: Repair,
  fixed: Fixed,
  policy: ReplayPolicy,
  nowMs: number,
): Skip | Send {
  const { letter } = found;
  const where = policy.rules[request.rule]?.where ?? '';
  if (fixed.json === undefined) return { skip: 'unrepairable', why: `the fix (${where}) ${fixed.trouble}` };
  const value = utf8Of(fixed.json);
  const { valid, reason } = judgePayload(value, nowMs, policy.maxFutureSkewMs);
  if (valid === undefined)
    return { skip: 'unrepairable', why: `the fix (${where}) gives an event that is invalid (${reason})` };
  if (letter.reason === tooLate && valid.eventId !== letter.eventId)
    return {
      skip: 'unrepairable',
      why: `the fix (${where}) gives another event id: that would be another event`,
    };
  return send(found, { value, event: valid, repaired: true, attempt }, policy);
}

function send(
  { letter, replayed }: ReadableLetter,
  what: Pick<Send, 'value' | 'event' | 'repaired' | 'attempt'>,
  policy: ReplayPolicy,
): Skip | Send {
  const { key } = letter;
  if (!policy.fits(key, what.value)) {
    const why = `its record of ${what.value.length} bytes is larger than ${topics.raw} takes (max.message.bytes)`;
    return { skip: 'unrepairable', why };
  }
  const { value, event, repaired, attempt } = what;
  const forced = replayed !== undefined;
  const source = { partition: letter.source.partition, offset: letter.source.offset };
  const mayBeCounted = letter.reason !== tooLate && !forced;
  return { key, value, event, repaired, attempt, forced, source, mayBeCounted };
}

/** What an expression may ask of a letter. Times are epoch milliseconds. */
function bindingOf(letter: DeadLetter, key: string | null): FixRequest['letter'] {
  const { source } = letter;
  return {
    reason: letter.reason,
    event_id: letter.eventId,
    event_type: letter.eventType,
    event_time: letter.eventTimeMs,
    key,
    partition: letter.partition,
    offset: letter.offset,
    source_partition: source.partition,
    source_offset: source.offset,
    source_timestamp: source.timestampMs,
    failed_at: letter.failedAtMs,
    attempt: letter.attempt,
    replay_id: letter.replayId,
    uuid: uuidOf(source.partition, source.offset),
  };
}

/** An event id for a record that has none: always the same one for the same place on the raw topic. */
function uuidOf(partition: number, offset: number): string {
  const hex = (value: number, digits: number): string =>
    value.toString(16).padStart(digits, '0').slice(-digits);
  return `dead${hex(partition, 4)}-0000-8000-8000-${hex(offset, 12)}`;
}
