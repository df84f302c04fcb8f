import type { StreamlabError } from '../../errors.js';
import { orList } from './notation.js';
import { allOptions, type OptionName, type PhaseOptionName, type PhaseValues } from './option-table.js';
import { noMix, type Burst, type Phase, type Rate, type RateCurveSpec, type TrafficMix } from './plan.js';
import { MAX_PER_SECOND } from './rate-notation.js';

/** How a refusal speaks of options: as flags, or as keys of a file. */
export interface Voice {
  /** `--late 3%` or `late: 3%`; without a value, `--late` or `late`. */
  name(option: OptionName, value?: string): string;
  /** The error that says so, with the place of the option. */
  refusal(option: OptionName, sentence: string, suggestions?: readonly string[]): StreamlabError;
}

/** For instance `--late 3%`. */
export function exampleOf(option: OptionName, voice: Voice): string {
  return voice.name(option, allOptions[option].example);
}

/** Options that say something about another one, and when that one is there. */
const companions: readonly {
  option: PhaseOptionName;
  needs: PhaseOptionName;
  isMet: (values: PhaseValues) => boolean;
}[] = [
  { option: 'over', needs: 'rate', isMet: hasRange },
  { option: 'wave', needs: 'rate', isMet: hasRange },
  { option: 'late-by', needs: 'late', isMet: (values) => values.late !== undefined },
  { option: 'future-by', needs: 'future', isMet: (values) => values.future !== undefined },
  { option: 'duplicate-after', needs: 'duplicates', isMet: (values) => values.duplicates !== undefined },
];

function hasRange(values: PhaseValues): boolean {
  return values.rate?.kind === 'range';
}

/**
 * Refuses options of one place (flags, a phase, the defaults of a scenario) that have no effect anywhere.
 * @param phases what each phase comes to in which they could have one
 */
export function refuseLonely(given: PhaseValues, phases: readonly PhaseValues[], voice: Voice): void {
  for (const { option, needs, isMet } of companions) {
    if (given[option] === undefined || phases.some(isMet)) continue;
    const isRate = needs === 'rate';
    const sentence = isRate
      ? `${voice.name(option)} goes with a rate from one number to another, and ${voice.name('rate')} gives none.`
      : `${voice.name(option)} says something about ${voice.name(needs)}, which is not given.`;
    throw voice.refusal(option, sentence, [
      `For instance: ${voice.name(needs, isRate ? '1k..20k' : allOptions[needs].example)} with ${exampleOf(option, voice)}`,
    ]);
  }
  if (given.over !== undefined && given.wave !== undefined)
    throw voice.refusal(
      'wave',
      `${voice.name('over')} and ${voice.name('wave')} both say how the rate moves: give one of them.`,
      [
        `A single climb: ${voice.name('over', '5m')}. Up and down again and again: ${voice.name('wave', '24h')}.`,
      ],
    );
}

/** The options below with those above in their place. A rate above ends the movement of a rate below. */
export function overlay(below: PhaseValues, above: PhaseValues): PhaseValues {
  const isMoved = above.over !== undefined || above.wave !== undefined;
  const merged = { ...(isMoved ? withoutMovement(below) : below), ...above };
  // What a rate was to move by means nothing to one that stands still.
  return hasRange(merged) ? merged : withoutMovement(merged);
}

function withoutMovement(values: PhaseValues): PhaseValues {
  const still = { ...values };
  delete still.over;
  delete still.wave;
  return still;
}

/** A phase out of its options. @throws what the voice makes of options that contradict each other */
export function toPhase(
  name: string,
  durationMs: number | undefined,
  values: PhaseValues,
  voice: Voice,
): Phase {
  refuseCrowd(values, voice);
  return { name, durationMs, rate: toRate(values, voice), mix: toMix(values) };
}

function toRate(values: PhaseValues, voice: Voice): Rate {
  const curve = toCurve(values, voice);
  const bursts = values.burst ?? [];
  const highest = highestOf(curve);
  if (highest === 0 && bursts.length > 0)
    throw voice.refusal(
      'burst',
      `${voice.name('burst')} multiplies the rate, and ${voice.name('rate', '0')} is as fast as possible already.`,
      [`Give a rate above 0: ${voice.name('rate', '1k')}`],
    );
  const factor = Math.max(1, ...bursts.map((burst) => burst.factor));
  if (highest * factor > MAX_PER_SECOND)
    throw voice.refusal(
      'burst',
      `${voice.name('burst')} takes the rate to ${highest * factor} records per second: 10m are the most.`,
      [exampleOf('burst', voice)],
    );
  return { curve, bursts };
}

function highestOf(curve: RateCurveSpec): number {
  if (curve.kind === 'constant') return curve.perSecond;
  return curve.kind === 'ramp' ? Math.max(curve.from, curve.to) : curve.high;
}

function toCurve({ rate, over, wave }: PhaseValues, voice: Voice): RateCurveSpec {
  if (rate === undefined) return { kind: 'constant', perSecond: 1_000 };
  if (rate.kind === 'constant') return rate;
  const { from, to } = rate;
  if (over !== undefined && to === 0)
    throw voice.refusal(
      'rate',
      `A rate that falls to 0 ${voice.name('over')} some time ends in silence for ever.`,
      [`Let it end at 1 a second or more: ${voice.name('rate', '1k..1')}`],
    );
  if (over !== undefined) return { kind: 'ramp', from, to, overMs: over };
  if (wave === undefined)
    throw voice.refusal(
      'rate',
      `${voice.name('rate')} goes from one number to another, and nothing says how: add ${voice.name('over')} or ${voice.name('wave')}.`,
      [
        `A single climb: ${voice.name('over', '5m')}. Up and down again and again: ${voice.name('wave', '24h')}.`,
      ],
    );
  if (from > to)
    throw voice.refusal('rate', `A ${voice.name('wave')} begins at its low: give the smaller rate first.`, [
      `For instance: ${voice.name('rate', '1k..20k')}`,
    ]);
  return { kind: 'wave', low: from, high: to, periodMs: wave };
}

/** Refuses bursts of which not one falls into so long a time. */
export function refuseBurstsBeyond(
  bursts: readonly Burst[],
  lengthMs: number | undefined,
  voice: Voice,
): void {
  const isBeyond = ({ when }: Burst): boolean =>
    ('atMs' in when ? when.atMs : when.everyMs) >= (lengthMs ?? Number.POSITIVE_INFINITY);
  if (bursts.some(isBeyond))
    throw voice.refusal(
      'burst',
      `${voice.name('burst')} has one that begins after the end; "every 5m" begins after 5m.`,
      ['Let it begin earlier, or send for longer.'],
    );
}

const sharing = ['late', 'too-late', 'future', 'duplicates', 'invalid'] as const;

/** Each record is at most one of these. */
function refuseCrowd(values: PhaseValues, voice: Voice): void {
  const shares = sharing
    .map((option) => ({ option, percent: shareOf(values, option) }))
    .filter(({ percent }) => percent > 0);
  const sum = Number(shares.reduce((total, { percent }) => total + percent, 0).toFixed(6));
  const last = shares.at(-1);
  if (sum <= 100 || last === undefined) return;
  const names = shares.map(({ option, percent }) => voice.name(option, `${percent}%`));
  throw voice.refusal(
    last.option,
    `${orList(names).replace(' or ', ' and ')} are ${sum}% together: give shares of at most 100% in sum.`,
  );
}

function shareOf(values: PhaseValues, option: (typeof sharing)[number]): number {
  if (option !== 'invalid') return values[option] ?? 0;
  return (values.invalid ?? []).reduce((total, { percent }) => total + percent, 0);
}

function toMix(values: PhaseValues): TrafficMix {
  return {
    late: { percent: values.late ?? 0, by: values['late-by'] },
    tooLatePercent: values['too-late'] ?? 0,
    future: { percent: values.future ?? 0, byMs: values['future-by'] ?? noMix.future.byMs },
    jitterMs: values.jitter,
    clockSkewMs: values['clock-skew'] ?? 0,
    idlePartitions: values['idle-partition'] ?? [],
    hotKeyPercent: values['hot-key'] ?? 0,
    duplicates: { percent: values.duplicates ?? 0, afterMs: values['duplicate-after'] },
    invalid: values.invalid ?? [],
    breaks: values.break ?? [],
    v1Percent: values.schema ?? noMix.v1Percent,
    sizeBytes: values.size ?? 0,
  };
}
