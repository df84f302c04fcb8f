import { StreamlabError } from '../../errors.js';
import { quoted } from './notation.js';
import {
  runOptions,
  trafficOptions,
  type Compression,
  type FlagName,
  type OptionName,
  type PhaseValues,
  type RunValues,
  type TrafficValues,
} from './option-table.js';
import {
  exampleOf,
  overlay,
  refuseBurstsBeyond,
  refuseLonely,
  toPhase,
  type Voice,
} from './phase-options.js';
import { phaseOptions } from './phase-option-table.js';
import { defaultPopulation, type TrafficPlan } from './plan.js';
import { readOptions } from './read-options.js';
import { refuseClashes } from './run-options.js';
import type { Scenario } from './scenario.js';

/** What `produce` was asked for, parsed and checked. */
export interface ProduceOptions {
  plan: TrafficPlan;
  /** Undefined: any. */
  seed: number | undefined;
  /** The run ends when either is reached; undefined: no such end. Time is that of the schedule, not of the clock. */
  count: number | undefined;
  durationMs: number | undefined;
  /** Event time of the start, epoch milliseconds; undefined: now, or with `backfillMs` that long ago. */
  startAtMs: number | undefined;
  /** History: the events of so long a time, sent as fast as possible. With `count` the rates are scaled to give that many. */
  backfillMs: number | undefined;
  workers: number;
  compression: Compression;
  /** Only shows what would be sent. */
  dryRun: boolean;
  /** A file that takes the events in place of Kafka, or `-` for stdout. */
  to: string | undefined;
  /** A file of events to send, or `-` for stdin. */
  from: string | undefined;
  /** Event times of `from`: as they are, or the time at which each is due (less what lateness takes away). */
  eventTime: 'keep' | 'now';
  manifest: string | undefined;
  metricsPort: number | undefined;
}

export type { Compression };

/** The flags as they were given; undefined or false where they were not. */
export type ProduceFlags = Partial<Record<FlagName, string | boolean | readonly string[] | undefined>>;

const DRY_RUN_RECORDS = 5;

/**
 * What the flags ask for. With a scenario, flags of its phases' options change those in every phase, and `duration` and
 * `count` limit the whole run.
 * @throws StreamlabError INVALID_USAGE naming the flag, what was given and an example
 */
export function parseProduceFlags(flags: ProduceFlags, scenario?: Scenario): ProduceOptions {
  const given = givenTexts(flags);
  const textOf = (name: OptionName): string | undefined => given.get(name);
  const phase: PhaseValues = readOptions(phaseOptions, textOf, unreadable);
  const traffic: TrafficValues = readOptions(trafficOptions, textOf, unreadable);
  const run: RunValues = readOptions(runOptions, textOf, unreadable);
  const isDryRun = flags['dry-run'] === true;
  const isRetimed = flags.retime === true;
  refuseClashes({ given, phase, run, isDryRun, isRetimed, scenario });
  const plan = planOf(phase, traffic, run, scenario);
  const isMoved = isRetimed || timeFlags.some((name) => given.has(name));
  return {
    plan,
    seed: run.seed,
    count: run.count ?? (isDryRun ? DRY_RUN_RECORDS : undefined),
    durationMs: run.duration,
    startAtMs: run['start-at'],
    backfillMs: run.backfill,
    workers: run.workers ?? 1,
    compression: run.compression ?? 'none',
    dryRun: isDryRun,
    to: run.to,
    from: run.from,
    eventTime: run.from !== undefined && isMoved ? 'now' : 'keep',
    manifest: run.manifest,
    metricsPort: run['metrics-port'],
  };
}

/** Flags that move event times away from the time of sending, and so say that there is one. */
const timeFlags: readonly OptionName[] = [
  'late',
  'late-by',
  'too-late',
  'future',
  'future-by',
  'jitter',
  'clock-skew',
];

const flagVoice: Voice = {
  name: (option, value) => (value === undefined ? `--${option}` : `--${option} ${shellWord(value)}`),
  refusal: (_option, sentence, suggestions = []) =>
    new StreamlabError('INVALID_USAGE', sentence, { suggestions }),
};

function shellWord(value: string): string {
  return /^[\w.,:=%@/+-]*$/.test(value) ? value : `"${value}"`;
}

/** Lists become one text; what is false or undefined was not given. */
function givenTexts(flags: ProduceFlags): Map<string, string> {
  const texts = new Map<string, string>();
  for (const [name, value] of Object.entries(flags)) {
    if (typeof value === 'string') texts.set(name, value);
    else if (Array.isArray(value)) texts.set(name, value.join(','));
    else if (value === true) texts.set(name, '');
  }
  return texts;
}

function unreadable(name: OptionName, text: string, why: string): StreamlabError {
  return new StreamlabError('INVALID_USAGE', `--${name} ${quoted(text)}: ${why}.`, {
    suggestions: [`For instance: ${exampleOf(name, flagVoice)}`],
  });
}

function planOf(
  phase: PhaseValues,
  traffic: TrafficValues,
  run: RunValues,
  scenario: Scenario | undefined,
): TrafficPlan {
  const phases = (scenario?.phases ?? [{ name: 'steady', durationMs: undefined, values: {} }]).map(
    (below) => ({ ...below, values: overlay(below.values, phase) }),
  );
  const merged = phases.map(({ values }) => values);
  refuseLonely(phase, merged, flagVoice);
  refuseLonelyProducers(traffic, merged);
  if (scenario === undefined) refuseBurstsBeyond(phase.burst ?? [], run.duration ?? run.backfill, flagVoice);
  return {
    phases: phases.map(({ name, durationMs, values }) =>
      toPhase(name, durationMs, values, scenario === undefined ? flagVoice : voiceOf(name, scenario)),
    ),
    arrivals: traffic.arrivals ?? scenario?.plan.arrivals ?? 'even',
    population: {
      users: traffic.users ?? scenario?.plan.population.users ?? defaultPopulation.users,
      userSkew: traffic['user-skew'] ?? scenario?.plan.population.userSkew ?? defaultPopulation.userSkew,
      producers: traffic.producers ?? scenario?.plan.population.producers ?? defaultPopulation.producers,
    },
  };
}

function refuseLonelyProducers(traffic: TrafficValues, phases: readonly PhaseValues[]): void {
  if (traffic.producers === undefined || phases.some((values) => values['clock-skew'] !== undefined)) return;
  throw new StreamlabError(
    'INVALID_USAGE',
    '--producers says how many clocks there are, and without --clock-skew they all agree.',
    { suggestions: [`For instance: --producers 20 with ${exampleOf('clock-skew', flagVoice)}`] },
  );
}

/** What flags and a phase of a scenario come to together may be wrong where each alone is right. */
function voiceOf(phase: string, scenario: Scenario): Voice {
  return {
    name: (option, value) => flagVoice.name(option, value),
    refusal: (option, sentence, suggestions) =>
      flagVoice.refusal(option, `In the phase "${phase}" of ${scenario.name}: ${sentence}`, suggestions),
  };
}
