import { StreamlabError } from '../../errors.js';
import { formatDuration } from '../duration.js';
import type { PhaseValues, RunValues } from './option-table.js';
import { lengthOf } from './plan-length.js';
import type { Scenario } from './scenario.js';

export interface GivenRun {
  /** The names of all flags given. */
  given: { has(name: string): boolean };
  phase: PhaseValues;
  run: RunValues;
  isDryRun: boolean;
  isRetimed: boolean;
  scenario: Scenario | undefined;
}

interface Clash {
  when: (run: GivenRun) => boolean;
  sentence: string | ((run: GivenRun) => string);
  suggestion: string | ((run: GivenRun) => string);
}

/** Two flags that do not go together. */
function both(one: string, other: string, why: string, suggestion: string): Clash {
  return {
    when: ({ given }) => given.has(one) && given.has(other),
    sentence: `--${one} and --${other} do not go together: ${why}.`,
    suggestion,
  };
}

/** A flag that means nothing without another one. */
function alone(one: string, other: string, why: string, suggestion: string): Clash {
  return {
    when: ({ given }) => given.has(one) && !given.has(other),
    sentence: `--${one} needs --${other}: ${why}.`,
    suggestion,
  };
}

const madeUp = ['schema', 'break', 'hot-key', 'users', 'user-skew', 'size', 'idle-partition', 'scenario'];
const elsewhere = ['to', 'from', 'dry-run'];

const clashes: readonly Clash[] = [
  both(
    'backfill',
    'duration',
    'history is sent as fast as possible and ends by itself',
    'Leave out --duration: --backfill 2h is two hours of events.',
  ),
  {
    when: ({ given, phase, run }) =>
      given.has('backfill') &&
      run.count === undefined &&
      phase.rate?.kind === 'constant' &&
      phase.rate.perSecond === 0,
    sentence: '--backfill with --rate 0 does not say how many events there were.',
    suggestion: 'Give the rate there was, --backfill 2h --rate 500, or the number of events, --count 1m.',
  },
  {
    when: ({ run, scenario }) => run.backfill !== undefined && run.backfill > planEnd(scenario),
    sentence: ({ run, scenario }) =>
      `--backfill ${formatDuration(run.backfill ?? 0)} is longer than the scenario ${scenario?.name ?? ''}, which ends after ${formatDuration(planEnd(scenario))}.`,
    suggestion: ({ scenario }) => `Give --backfill ${compact(planEnd(scenario))} or less.`,
  },
  both(
    'from',
    'backfill',
    'a file of events has times of its own',
    'Leave out --backfill; --retime gives the events of the file the time of now.',
  ),
  ...madeUp.map((name) =>
    both('from', name, 'the events of a file are sent as they are', `Leave out --${name}, or --from.`),
  ),
  {
    when: ({ run, phase }) => run.from !== undefined && phase['late-by']?.kind === 'offline',
    sentence: '--from and --late-by offline do not go together: the events of a phone are made up together.',
    suggestion: 'Give another --late-by, such as 2m..10m.',
  },
  {
    when: ({ given, isRetimed }) => given.has('from') && given.has('start-at') && !isRetimed,
    sentence: '--start-at with --from needs --retime: the events of a file keep their times.',
    suggestion: 'Add --retime, or leave out --start-at.',
  },
  alone('retime', 'from', 'events that are made up have the time of now already', 'Leave out --retime.'),
  {
    when: ({ run }) => run.from !== undefined && run.from === run.to && run.from !== '-',
    sentence: '--from and --to name the same file, which would be overwritten while it is read.',
    suggestion: 'Give --to another file.',
  },
  both(
    'to',
    'dry-run',
    'a dry run only shows',
    'Leave out --dry-run, or show the events with --to - --count 5.',
  ),
  both('to', 'compression', 'only batches for Kafka are compressed', 'Compress the file: --to - | gzip'),
  {
    when: ({ run }) => run.manifest === '-',
    sentence: '--manifest - would mix with what else is written to stdout.',
    suggestion: 'Give the name of a file: --manifest run.ndjson',
  },
  both('dry-run', 'manifest', 'a dry run sends nothing that could be written down', 'Leave out --dry-run.'),
  both('dry-run', 'metrics-port', 'a dry run is over at once', 'Leave out --metrics-port.'),
  ...elsewhere.map((name): Clash => ({
    when: ({ given, run }) => given.has(name) && (run.workers ?? 1) > 1,
    sentence: `--workers above 1 and --${name} do not go together: only what is made up for Kafka can be shared out.`,
    suggestion: 'Leave out --workers.',
  })),
];

/**
 * Refuses flags of a run that make no sense together.
 * @throws StreamlabError INVALID_USAGE
 */
export function refuseClashes(run: GivenRun): void {
  for (const { when, sentence, suggestion } of clashes) {
    if (!when(run)) continue;
    const text = (part: string | ((run: GivenRun) => string)): string =>
      typeof part === 'string' ? part : part(run);
    throw new StreamlabError('INVALID_USAGE', text(sentence), { suggestions: [text(suggestion)] });
  }
}

function planEnd(scenario: Scenario | undefined): number {
  return (scenario === undefined ? undefined : lengthOf(scenario.plan)) ?? Number.POSITIVE_INFINITY;
}

/** As it can be typed: `5m`, `90s`. */
function compact(ms: number): string {
  return ms % 60_000 === 0 ? `${ms / 60_000}m` : `${Math.floor(ms / 1_000)}s`;
}
