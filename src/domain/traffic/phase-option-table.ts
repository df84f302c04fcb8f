import { readBreaks, readInvalid, readLateBy, readPartitions, readSchema } from './mix-notation.js';
import { readBytes, readDuration, readDurations, readPercent } from './notation.js';
import type { OptionTable } from './option.js';
import { readBursts, readRate } from './rate-notation.js';

/** What may change from one phase to the next. */
export const phaseOptions = {
  rate: {
    read: readRate,
    example: '5k',
    summary:
      'Records per second: 5000, 5k, 300/min, 0 for as fast as possible; a range such as 1k..20k with --over or --wave (default 1000)',
    helpValue: 'N',
    group: 'RATE',
    char: 'r',
  },
  over: {
    read: readDuration(1),
    example: '5m',
    summary: 'Go from one end of the rate to the other in so long a time, and stay there',
    helpValue: 'D',
    group: 'RATE',
  },
  wave: {
    read: readDuration(1_000),
    example: '24h',
    summary: 'Let the rate rise and fall between its ends, once in so long a time, as days and nights do',
    helpValue: 'D',
    group: 'RATE',
  },
  burst: {
    read: readBursts,
    example: '10x/30s every 5m',
    summary:
      'So many times the rate, for so long: "10x/30s every 5m" or "10x/30s at 2m"; below 1x is a dip; several with commas',
    helpValue: 'B',
    group: 'RATE',
    isList: true,
  },
  late: {
    read: readPercent,
    example: '3%',
    summary: 'Share of records with an event time in the past (default 0%)',
    helpValue: 'P%',
    group: 'LATENESS',
  },
  'late-by': {
    read: readLateBy,
    example: '10s..90s',
    summary:
      'How far in the past: 30s, 10s..90s, exponential:30s (mean), lognormal:30s,1.2 (median, sigma), offline:2m..10m (default: in windows that are closed and still take late events)',
    helpValue: 'L',
    group: 'LATENESS',
  },
  'too-late': {
    read: readPercent,
    example: '1%',
    summary: 'Share of records for windows that are closed for good (default 0%)',
    helpValue: 'P%',
    group: 'LATENESS',
  },
  future: {
    read: readPercent,
    example: '0.1%',
    summary: 'Share of records with an event time ahead of the clock (default 0%)',
    helpValue: 'P%',
    group: 'LATENESS',
  },
  'future-by': {
    read: readDuration(1),
    example: '2m',
    summary: 'How far ahead (default 30s); beyond the max future skew of the lab they are invalid',
    helpValue: 'D',
    group: 'LATENESS',
  },
  jitter: {
    read: readDuration(0),
    example: '2s',
    summary:
      'On-time records are out of order by so much at most (default: half the watermark delay, 2s at most)',
    helpValue: 'D',
    group: 'LATENESS',
  },
  'clock-skew': {
    read: readDuration(0),
    example: '500ms',
    summary: "Each producer's clock is off by so much at most, ahead or behind (default 0s)",
    helpValue: 'D',
    group: 'LATENESS',
  },
  'idle-partition': {
    read: readPartitions,
    example: '3',
    summary: 'Partitions that get no records, such as 3 or 1,3',
    helpValue: 'N',
    group: 'PEOPLE',
    isList: true,
  },
  'hot-key': {
    read: readPercent,
    example: '30%',
    summary: 'Share of the records that one user sends (default 0%)',
    helpValue: 'P%',
    group: 'PEOPLE',
  },
  schema: {
    read: readSchema,
    example: 'v1=80%,v2=20%',
    summary: 'Shares of the schema versions (default v1=30%,v2=70%)',
    helpValue: 'S',
    group: 'CONTENT',
  },
  break: {
    read: readBreaks,
    example: 'drop:amount@2%',
    summary:
      'What a careless release does to a share of the events: drop:FIELD@P%, null:FIELD, type:FIELD, rename:FIELD=NAME, add:NAME, version:N (without @P%: to all)',
    helpValue: 'B',
    group: 'CONTENT',
    isList: true,
  },
  duplicates: {
    read: readPercent,
    example: '1%',
    summary: 'Share of records that repeat an earlier one, byte for byte (default 0%)',
    helpValue: 'P%',
    group: 'CONTENT',
  },
  'duplicate-after': {
    read: readDurations,
    example: '1m..10m',
    summary: 'How long after the first one, such as 5m or 1m..10m (default: one of the last 200 events)',
    helpValue: 'D',
    group: 'CONTENT',
  },
  invalid: {
    read: readInvalid,
    example: '0.5%',
    summary:
      'Share of invalid records (default 0%), of every kind, or by kind: malformed_json=1%,missing_field:amount=0.5%',
    helpValue: 'P%',
    group: 'CONTENT',
    isList: true,
  },
  size: {
    read: readBytes,
    example: '2KiB',
    summary: 'Pad events to so many bytes, such as 512, 1k or 2KiB (default: as they are, about 225)',
    helpValue: 'B',
    group: 'CONTENT',
  },
} as const satisfies OptionTable;
