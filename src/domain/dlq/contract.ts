import { z } from 'zod';

/** Headers of a raw record that was sent again from the dead-letter queue. */
export const replayHeaders = {
  replayId: 'streamlab-replay-id',
  attempt: 'streamlab-replay-attempt',
  dlqPartition: 'streamlab-dlq-partition',
  dlqOffset: 'streamlab-dlq-offset',
} as const;

/** The reason of a dead letter that was valid but came after its window had closed for good. */
export const tooLate = 'too_late';

/** A value on the dead-letter topic. Times are epoch milliseconds. */
export const deadLetterSchema = z.looseObject({
  reason: z.string().min(1).describe('Why: an invalid reason, or too_late'),
  verdict: z.string().optional(),
  event_id: z.string().nullish(),
  event_type: z.string().nullish(),
  event_time: z.number().nullish(),
  watermark: z.number().nullish(),
  payload: z.string().nullish().describe('The original bytes as text, or as payload_encoding says'),
  payload_encoding: z.string().nullish(),
  source_topic: z.string(),
  source_partition: z.int().min(0),
  source_offset: z.int().min(0),
  source_timestamp: z.number().nullish(),
  failed_at: z.number().nullish(),
  attempt: z.int().min(1).nullish(),
  replay_id: z.string().nullish().describe('The replay that it came back from; null for a first attempt'),
});

/** The place of a dead letter, as a map key. */
export function deadLetterPlace(partition: number, offset: number): string {
  return `${String(partition)}:${String(offset)}`;
}

// A BOM is kept: Flink keeps it too.
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** The JSON value of a record, checked; undefined for a tombstone or anything that does not fit. */
export function parseRecord<T>(schema: z.ZodType<T>, bytes: Uint8Array | null): T | undefined {
  if (bytes === null) return undefined;
  try {
    return schema.safeParse(JSON.parse(utf8.decode(bytes))).data;
  } catch {
    return undefined;
  }
}

/** What a raw record's headers say about the replay it belongs to. */
export interface ReplayOrigin {
  replayId: string;
  /** 1 for the first replay of an event, as the job takes it: also where the header is missing or makes no sense. */
  attempt: number;
  /** The place of the dead letter it came from; NaN where the header is missing or no number. */
  dlqPartition: number;
  dlqOffset: number;
}

// As in flink-sql/20-verdicts.sql.
const attemptText = /^[1-9]\d{0,5}$/;

type Headers = readonly (readonly [key: string, value: Uint8Array | null])[];

/** The replay a record belongs to; undefined for an ordinary record. */
export function replayOrigin(headers: Headers): ReplayOrigin | undefined {
  if (headers.length === 0) return undefined;
  const text = (name: string): string => {
    const value = headers.findLast(([key]) => key === name)?.[1];
    return value === undefined || value === null ? '' : utf8.decode(value);
  };
  const number = (name: string): number => (/^\d+$/.test(text(name)) ? Number(text(name)) : NaN);
  const replayId = text(replayHeaders.replayId);
  if (replayId === '') return undefined;
  const attempt = text(replayHeaders.attempt);
  return {
    replayId,
    attempt: attemptText.test(attempt) ? Number(attempt) : 1,
    dlqPartition: number(replayHeaders.dlqPartition),
    dlqOffset: number(replayHeaders.dlqOffset),
  };
}
