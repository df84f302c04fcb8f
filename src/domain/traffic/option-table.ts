import {
  parseAmount,
  read,
  readDuration,
  readInstant,
  readNumber,
  readWhole,
  readWord,
  unread,
  type Read,
} from './notation.js';
import type { Option, OptionGroup, OptionTable, OptionValues } from './option.js';
import { phaseOptions } from './phase-option-table.js';

export const compressions = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;
export type Compression = (typeof compressions)[number];

/** What holds for all phases. */
export const trafficOptions = {
  users: {
    read: readWhole('a whole number of people, 1 to 10m', 1, 10_000_000),
    example: '50k',
    summary: 'How many people there are (default 10000)',
    helpValue: 'N',
    group: 'PEOPLE',
  },
  'user-skew': {
    read: readNumber(0, 3),
    example: '1.1',
    summary: "How unevenly active they are: the exponent of Zipf's law, 0 for all alike (default 0.7)",
    helpValue: 'S',
    group: 'PEOPLE',
  },
  producers: {
    read: readWhole('a whole number of producers, 1 to 1000', 1, 1_000),
    example: '20',
    summary: 'How many producers with a clock of their own there are for --clock-skew (default 10)',
    helpValue: 'N',
    group: 'LATENESS',
  },
  arrivals: {
    read: readWord<'even' | 'poisson'>(['even', 'poisson']),
    example: 'poisson',
    summary: 'even spacing (default), or poisson: at random, as independent people do',
    helpValue: 'A',
    group: 'RATE',
  },
} as const satisfies OptionTable;

const anyText: Read<string> = (text) =>
  text.trim() === '' || text.includes('\0') ? unread('give the name of a file') : read(text);

/** What only a run has, not its traffic. */
export const runOptions = {
  duration: {
    read: readDuration(1),
    example: '30s',
    summary: 'How long to send, such as 30s or 5m (default: to the end of the scenario, or until Ctrl-C)',
    helpValue: 'D',
    group: 'LENGTH',
    char: 'd',
  },
  count: {
    read: readWhole('a whole number of records, 1 or more', 1, Number.MAX_SAFE_INTEGER),
    example: '10k',
    summary: 'How many records to send, such as 500 or 10k; with --duration, whichever is reached first',
    helpValue: 'N',
    group: 'LENGTH',
    char: 'n',
  },
  backfill: {
    read: readDuration(1),
    example: '2h',
    summary:
      'Send the events of the past so long a time as fast as possible; with --count, that many spread over it',
    helpValue: 'D',
    group: 'LENGTH',
  },
  'start-at': {
    read: readInstant,
    example: '2026-03-01T08:00',
    summary: 'Event time of the start: ISO 8601, UTC without a zone, or epoch milliseconds (default: now)',
    helpValue: 'T',
    group: 'LENGTH',
  },
  seed: {
    read: (text) => {
      const seed = /^\d+$/.test(text.trim()) ? parseAmount(text) : undefined;
      return seed !== undefined &&
        seed <= Number.MAX_SAFE_INTEGER &&
        String(seed) === text.trim().replace(/^0+(?=\d)/, '')
        ? read(seed)
        : unread('give a whole number, 0 to 2^53 - 1');
    },
    example: '42',
    summary: 'Whole number that the traffic is drawn from (default: another one each time)',
    helpValue: 'N',
    group: 'CONTENT',
  },
  scenario: {
    read: anyText,
    example: 'flash-sale',
    summary:
      'A script of phases, by name (see: streamlab scenarios) or as a YAML file; flags change every phase',
    helpValue: 'NAME|FILE',
    group: 'LENGTH',
  },
  from: {
    read: anyText,
    example: 'events.ndjson',
    summary: 'Send the events of a file, one JSON object a line, or - for stdin, in place of made-up ones',
    helpValue: 'FILE',
    group: 'CONTENT',
  },
  to: {
    read: anyText,
    example: 'events.ndjson',
    summary: 'Write the events into a file, or - for stdout, in place of Kafka',
    helpValue: 'FILE',
    group: 'OUTPUT',
  },
  compression: {
    read: readWord(compressions),
    example: 'lz4',
    summary: 'Of the batches sent to Kafka: none (default), gzip, snappy, lz4 or zstd',
    helpValue: 'C',
    group: 'OUTPUT',
  },
  workers: {
    read: readWhole('a whole number of workers, 1 to 16', 1, 16),
    example: '4',
    summary: 'Threads that make and send records, 1 to 16 (default 1)',
    helpValue: 'N',
    group: 'OUTPUT',
  },
  manifest: {
    read: anyText,
    example: 'run.json',
    summary: 'Write down in a file what each record was meant to be, for others to check against',
    helpValue: 'FILE',
    group: 'OUTPUT',
  },
  'metrics-port': {
    read: readWhole('a port, 0 to 65535 (0 for any that is free)', 0, 65_535),
    example: '9400',
    summary: 'Show the run as Prometheus metrics on 127.0.0.1 at this port',
    helpValue: 'PORT',
    group: 'OUTPUT',
  },
} as const satisfies OptionTable;

/** Flags without a value. */
export const switches = {
  'dry-run': {
    summary: 'Show what would be sent, 5 records unless --count says more, and send nothing',
    group: 'OUTPUT',
  },
  retime: {
    summary: 'Give the events of --from the time at which they are sent; flags of LATENESS imply it',
    group: 'LATENESS',
  },
} as const satisfies Readonly<Record<string, { summary: string; group: OptionGroup }>>;

export type PhaseOptionName = keyof typeof phaseOptions;
export type TrafficOptionName = keyof typeof trafficOptions;
export type RunOptionName = keyof typeof runOptions;
export type OptionName = PhaseOptionName | TrafficOptionName | RunOptionName;
export type FlagName = OptionName | keyof typeof switches;

export type PhaseValues = OptionValues<typeof phaseOptions>;
export type TrafficValues = OptionValues<typeof trafficOptions>;
export type RunValues = OptionValues<typeof runOptions>;

/** Every option that takes a value, for a help to be built from. */
export const allOptions: Readonly<Record<OptionName, Option<unknown>>> = {
  ...phaseOptions,
  ...trafficOptions,
  ...runOptions,
};
