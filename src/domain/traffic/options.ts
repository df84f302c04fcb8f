import { z } from 'zod';
import { StreamlabError } from '../../errors.js';
import { parseDurationMs } from '../duration.js';
import type { TrafficMix } from './stream.js';

/** What `produce` was asked for, parsed and checked. */
export interface ProduceOptions {
  /** Records per second; 0 is as fast as possible. */
  ratePerSecond: number;
  mix: TrafficMix;
  /** Undefined when the run has no end of its own, or ends by count. */
  durationMs: number | undefined;
  count: number | undefined;
  /** Undefined: any. */
  seed: number | undefined;
}

/** The flags as they were given; undefined where they were not. */
export type ProduceFlags = Partial<Record<FlagName, string | undefined>>;

const multiples = { '': 1, k: 1_000, m: 1_000_000 } as const;

/** `5000`, `2.5k`, `1m`. */
function parseAmount(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)([km]?)$/.exec(text.trim().toLowerCase());
  if (match?.[1] === undefined) return undefined;
  return Number(match[1]) * multiples[match[2] as keyof typeof multiples];
}

/** `3%` or `3`: three of a hundred. */
function parsePercent(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*%?$/.exec(text.trim());
  const percent = Number(match?.[1]);
  return match !== null && percent <= 100 ? percent : undefined;
}

/** `10s..90s`. */
function parseRange(text: string): { min: number; max: number } | undefined {
  const parts = text.split('..');
  const [min, max] = parts.map(parseDurationMs);
  return parts.length === 2 && min !== undefined && max !== undefined && min <= max
    ? { min, max }
    : undefined;
}

function parseWhole(text: string): number | undefined {
  const value = parseAmount(text);
  return value !== undefined && Number.isSafeInteger(value) ? value : undefined;
}

function parsed<T>(parse: (text: string) => T | undefined, message: string) {
  return z.string().transform((text, context) => {
    const value = parse(text);
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });
}

const percent = parsed(parsePercent, 'give a share of 0% to 100%');
const MAX_RATE = 10_000_000;

const flagsSchema = z.object({
  rate: parsed((text) => {
    const rate = parseAmount(text);
    return rate !== undefined && rate <= MAX_RATE ? rate : undefined;
  }, 'give records per second, 0 for as fast as possible').default(1_000),
  late: percent.default(0),
  'late-by': parsed(parseRange, 'give a range of two durations with units, the smaller first').optional(),
  duplicates: percent.default(0),
  invalid: percent.default(0),
  duration: parsed((text) => {
    const ms = parseDurationMs(text);
    return ms === undefined || ms === 0 ? undefined : ms;
  }, 'give a duration with a unit').optional(),
  count: parsed((text) => {
    const count = parseWhole(text);
    return count === 0 ? undefined : count;
  }, 'give a whole number of records, 1 or more').optional(),
  seed: parsed(
    (text) => (/^\d+$/.test(text) ? parseWhole(text) : undefined),
    'give a whole number, 0 to 2^53 - 1',
  ).optional(),
});

type FlagName = keyof z.input<typeof flagsSchema>;

const examples: Readonly<Record<FlagName, string>> = {
  rate: '--rate 5000 or --rate 5k',
  late: '--late 3%',
  'late-by': '--late-by 10s..90s',
  duplicates: '--duplicates 1%',
  invalid: '--invalid 0.5%',
  duration: '--duration 30s',
  count: '--count 10000 or --count 10k',
  seed: '--seed 42',
};

/**
 * @throws StreamlabError INVALID_USAGE naming the flag, what was given and an example
 */
export function parseProduceFlags(flags: ProduceFlags): ProduceOptions {
  const result = flagsSchema.safeParse(flags);
  if (!result.success) throw usageError(flags, result.error);
  const values = result.data;
  const sum = values.late + values.duplicates + values.invalid;
  if (sum > 100)
    throw new StreamlabError(
      'INVALID_USAGE',
      `--late ${values.late}%, --duplicates ${values.duplicates}% and --invalid ${values.invalid}% are ${sum}% together: give shares of at most 100% in sum.`,
    );
  if (values.duration !== undefined && values.count !== undefined)
    throw new StreamlabError(
      'INVALID_USAGE',
      '--duration and --count both say when to end: give one of them.',
    );
  return {
    ratePerSecond: values.rate,
    mix: {
      latePercent: values.late,
      lateByMs: values['late-by'],
      duplicatesPercent: values.duplicates,
      invalidPercent: values.invalid,
    },
    durationMs: values.duration,
    count: values.count,
    seed: values.seed,
  };
}

function usageError(flags: ProduceFlags, error: z.ZodError): StreamlabError {
  const issue = error.issues[0];
  const name = (issue?.path[0] ?? 'rate') as FlagName;
  const given = flags[name] ?? '';
  return new StreamlabError('INVALID_USAGE', `--${name} "${given}": ${issue?.message ?? 'not valid'}.`, {
    suggestions: [`For instance: ${examples[name]}`],
  });
}
