import { z } from 'zod';
import { WINDOW_MS } from './lateness.js';
import type { Intent } from './plan.js';
import type { PlannedRecord } from './record.js';

export const verdictOf = {
  onTime: 'on_time',
  late: 'late',
  tooLate: 'too_late',
  duplicate: 'duplicate',
  invalid: 'invalid',
} as const satisfies Record<Intent['kind'], string>;

/** A line of a manifest: one record that `produce` sent, and what it meant it to be. */
export const manifestEntrySchema = z.object({
  /** Place in the order of the run, from 0. */
  index: z.int().min(0),
  /** The event's id; null where the record has none that can be read. A duplicate has that of its original. */
  id: z.string().nullable(),
  key: z.string().nullable(),
  /** Epoch milliseconds; the start of the window is inclusive. */
  event_time: z.number(),
  window: z.number(),
  verdict: z.enum(Object.values(verdictOf)),
  /** Only of invalid records. */
  reason: z.string().optional(),
  partition: z.int().min(0),
  /** Null when the broker did not acknowledge it: it may be on the topic or not. */
  offset: z.int().min(0).nullable(),
  /** True when it was sent again without an answer: it may be on the topic once more. */
  resent: z.literal(true).optional(),
});

export type ManifestEntry = z.infer<typeof manifestEntrySchema>;

/** The lines of a batch, each with its line break. */
export function manifestLines(batch: {
  records: readonly PlannedRecord[];
  /** Of the first record; undefined when the batch was not acknowledged. */
  baseOffset: number | undefined;
  resent: boolean;
}): string {
  return batch.records
    .map((record, n) => {
      const offset = batch.baseOffset === undefined ? null : batch.baseOffset + n;
      return `${JSON.stringify(entryOf(record, offset, batch.resent))}\n`;
    })
    .join('');
}

function entryOf(record: PlannedRecord, offset: number | null, resent: boolean): ManifestEntry {
  const { index, eventId, key, eventTimeMs, intent, partition } = record;
  return {
    index,
    id: eventId,
    key: key === null ? null : Buffer.from(key, 'latin1').toString('utf8'),
    event_time: eventTimeMs,
    window: Math.floor(eventTimeMs / WINDOW_MS) * WINDOW_MS,
    verdict: verdictOf[intent.kind],
    ...(intent.reason === undefined ? {} : { reason: intent.reason }),
    partition,
    offset,
    ...(resent ? { resent: true } : {}),
  };
}
