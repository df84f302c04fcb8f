import { failedAt, type FoundLetter } from './found-letter.js';
import type { Replayed } from './journal.js';

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
  const shared = {
    partition: record.partition,
    offset: record.offset,
    failedAt: failedAt(found),
    ...keyJson(record.key),
    replayed: replayed ?? null,
  };
  if (letter === undefined) return { ...shared, state: 'unreadable', trouble };
  const { source } = letter;
  return {
    ...shared,
    state: replayed === undefined ? 'outstanding' : 'replayed',
    reason: letter.reason,
    eventId: letter.eventId,
    eventType: letter.eventType,
    eventTime: letter.eventTimeMs,
    watermark: letter.watermarkMs,
    attempt: letter.attempt,
    replayId: letter.replayId,
    source: {
      topic: source.topic,
      partition: source.partition,
      offset: source.offset,
      timestamp: source.timestampMs,
    },
    ...((letter.payload?.length ?? 0) > longestPayload
      ? { payloadOmitted: true }
      : { payload: letter.payload }),
    payloadEncoding: letter.payloadEncoding,
  };
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
