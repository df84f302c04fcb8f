import type { z } from 'zod';
import { utf8Of } from '../utf8.js';
import { deadLetterSchema } from './contract.js';

/** A record of the dead-letter topic. */
export interface DeadLetterRecord {
  partition: number;
  offset: number;
  /** Epoch milliseconds. */
  timestampMs: number;
  key: Uint8Array | null;
  value: Uint8Array | null;
}

/** A dead letter, read. Times are epoch milliseconds; null is what it does not say. */
export interface DeadLetter {
  /** Its place on the dead-letter topic. */
  partition: number;
  offset: number;
  /** The key of the original record. */
  key: Uint8Array | null;
  reason: string;
  eventId: string | null;
  eventType: string | null;
  eventTimeMs: number | null;
  watermarkMs: number | null;
  /** As it stands in the letter; `payloadOf` gives the original bytes. */
  payload: string | null;
  payloadEncoding: string | null;
  source: { topic: string; partition: number; offset: number; timestampMs: number | null };
  /** When it was written: what it says itself, else Kafka's timestamp. */
  failedAtMs: number;
  /** 1 for an event that was never replayed. */
  attempt: number;
  /** The replay it came back from. */
  replayId: string | null;
}

export type LetterReading =
  | { letter: DeadLetter; trouble?: undefined }
  /** What is wrong with it: a clause that goes on from "the dead letter at 2:17 cannot be read: ". */
  | { letter?: undefined; trouble: string };

// A BOM is kept, as in the payload it may be part of.
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** Reads a record of the dead-letter topic; whatever somebody put there, this does not throw. */
export function readLetter({ partition, offset, timestampMs, key, value }: DeadLetterRecord): LetterReading {
  if (value === null) return { trouble: 'it has no value (a tombstone)' };
  let json: unknown;
  try {
    json = JSON.parse(utf8.decode(value));
  } catch {
    return { trouble: 'its value is no JSON' };
  }
  const parsed = deadLetterSchema.safeParse(json);
  if (!parsed.success) return { trouble: fault(parsed.error) };
  const says = parsed.data;
  const letter: DeadLetter = {
    partition,
    offset,
    key,
    reason: says.reason,
    eventId: says.event_id ?? null,
    eventType: says.event_type ?? null,
    eventTimeMs: says.event_time ?? null,
    watermarkMs: says.watermark ?? null,
    payload: says.payload ?? null,
    payloadEncoding: says.payload_encoding ?? null,
    source: {
      topic: says.source_topic,
      partition: says.source_partition,
      offset: says.source_offset,
      timestampMs: says.source_timestamp ?? null,
    },
    failedAtMs: says.failed_at ?? timestampMs,
    attempt: says.attempt ?? 1,
    replayId: says.replay_id ?? null,
  };
  return { letter };
}

function fault(error: z.ZodError): string {
  const [issue] = error.issues;
  if (issue === undefined || issue.path.length === 0) return 'its value is no JSON object';
  const field = issue.path.join('.');
  if (issue.code === 'invalid_type' && issue.message.endsWith('received undefined'))
    return `it has no ${field}`;
  return `its ${field} is not what a dead letter has there (${issue.message})`;
}

export type Payload =
  { bytes: Uint8Array | null; trouble?: undefined } | { bytes?: undefined; trouble: string };

// Without groups: over millions of characters they would exhaust the stack. Four characters are three bytes.
const base64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** The original bytes of a letter's record; null for a tombstone. Line breaks in base64 are taken out. */
export function payloadOf({ payload, payloadEncoding }: DeadLetter): Payload {
  if (payload === null) return { bytes: null };
  if (payloadEncoding === null || payloadEncoding === '') return { bytes: utf8Of(payload) };
  if (payloadEncoding !== 'base64') {
    return {
      trouble: `its payload_encoding is ${JSON.stringify(payloadEncoding)}, and only base64 is known`,
    };
  }
  const text = payload.replace(/[\r\n]/g, '');
  if (text.length % 4 !== 0 || !base64.test(text))
    return { trouble: 'its payload is not the base64 that payload_encoding says' };
  return { bytes: fromBase64(text) };
}

function fromBase64(text: string): Uint8Array {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}
