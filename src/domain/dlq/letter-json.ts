import { failedAt, type FoundLetter } from './found-letter.js';
import type { Replayed } from './journal.js';
import type { DeadLetter } from './letter.js';

/** What is known of a dead letter, as commands print it for scripts. Times are epoch milliseconds. */
export interface LetterJson {
  partition: number;
  offset: number;
  state: 'outstanding' | 'replayed' | 'unreadable';
  failedAt: number;
  /** As text; in base64 where `keyEncoding` says so. */
  key: string | null;
  keyEncoding?: 'base64';
  replayed: Replayed | null;
  reason?: string;
  eventId?: string | null;
  eventType?: string | null;
  eventTime?: number | null;
  watermark?: number | null;
  attempt?: number;
  /** The replay that it came back from. */
  replayId?: string | null;
  source?: { topic: string; partition: number; offset: number; timestamp: number | null };
  payload?: string | null;
  payloadEncoding?: string | null;
  /** It is longer than was wanted, and `payload` is missing. */
  payloadOmitted?: true;
  /** Why it is unreadable. */
  trouble?: string;
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** @param longestPayload characters; a longer payload is left out */
export function letterJson(found: FoundLetter, longestPayload = Infinity): LetterJson {
  const { record, letter, replayed, trouble } = found;
  // Filled field by field: it is made for every letter of a long list, and spreads take most of the time then.
  const json: LetterJson = {
    partition: record.partition,
    offset: record.offset,
    state: letter === undefined ? 'unreadable' : replayed === undefined ? 'outstanding' : 'replayed',
    failedAt: failedAt(found),
    key: null,
    replayed: replayed ?? null,
  };
  Object.assign(json, keyJson(record.key));
  if (letter === undefined) json.trouble = trouble;
  else addLetter(json, letter, longestPayload);
  return json;
}

function addLetter(json: LetterJson, letter: DeadLetter, longestPayload: number): void {
  const { source, payload } = letter;
  json.reason = letter.reason;
  json.eventId = letter.eventId;
  json.eventType = letter.eventType;
  json.eventTime = letter.eventTimeMs;
  json.watermark = letter.watermarkMs;
  json.attempt = letter.attempt;
  json.replayId = letter.replayId;
  json.source = {
    topic: source.topic,
    partition: source.partition,
    offset: source.offset,
    timestamp: source.timestampMs,
  };
  if (payload !== null && payload.length > longestPayload) json.payloadOmitted = true;
  else json.payload = payload;
  json.payloadEncoding = letter.payloadEncoding;
}

/** A key as JSON has it. */
export function keyJson(key: Uint8Array | null): { key: string | null; keyEncoding?: 'base64' } {
  if (key === null) return { key: null };
  try {
    return { key: strict.decode(key) };
  } catch {
    return { key: toBase64(key), keyEncoding: 'base64' };
  }
}

export function toBase64(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}
