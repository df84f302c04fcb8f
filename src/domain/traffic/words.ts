import { formatDuration } from '../duration.js';
import { lengthOf } from './plan-length.js';
import type { Burst, InvalidShare, LateBy, MinMax, Phase, Rate, SchemaBreak, TrafficPlan } from './plan.js';
import { noMix } from './plan.js';

/** A phase as a person would describe it: what is not usual about it, one thing each. The rate comes first. */
export function phaseWords(phase: Phase): string[] {
  const { late, tooLatePercent, future, jitterMs, clockSkewMs, duplicates, ...rest } = phase.mix;
  return [
    ...rateWords(phase.rate),
    ...share(late.percent, `late${late.by === undefined ? '' : ` by ${lateByWords(late.by)}`}`),
    ...share(tooLatePercent, 'too late'),
    ...share(future.percent, `${formatDuration(future.byMs)} ahead of the clock`),
    ...(jitterMs === undefined ? [] : [`out of order by up to ${formatDuration(jitterMs)}`]),
    ...(clockSkewMs === 0 ? [] : [`clocks off by up to ${formatDuration(clockSkewMs)}`]),
    ...share(
      duplicates.percent,
      `duplicates${duplicates.afterMs === undefined ? '' : ` after ${spanWords(duplicates.afterMs)}`}`,
    ),
    ...rest.invalid.flatMap((invalid) => share(invalid.percent, invalidWords(invalid))),
    ...rest.breaks.map(breakWords),
    ...(rest.idlePartitions.length === 0 ? [] : [`nothing for partition ${rest.idlePartitions.join(', ')}`]),
    ...share(rest.hotKeyPercent, 'from one user'),
    ...(rest.v1Percent === noMix.v1Percent ? [] : [`${percent(rest.v1Percent)} of schema version 1`]),
    ...(rest.sizeBytes === 0 ? [] : [`${short(rest.sizeBytes)} bytes each`]),
  ];
}

/** `500/s`, `1k/s to 20k/s over 5m`, and the bursts. */
function rateWords({ curve, bursts }: Rate): string[] {
  const words = bursts.map(burstWords);
  switch (curve.kind) {
    case 'constant':
      return [rateText(curve.perSecond), ...words];
    case 'ramp':
      return [
        `${rateText(curve.from, '0/s')} to ${rateText(curve.to)} over ${formatDuration(curve.overMs)}`,
        ...words,
      ];
    case 'wave':
      return [
        `${rateText(curve.low, '0/s')} to ${rateText(curve.high)} and back every ${formatDuration(curve.periodMs)}`,
        ...words,
      ];
  }
}

function burstWords({ factor, lengthMs, when }: Burst): string {
  const time =
    'atMs' in when ? `after ${formatDuration(when.atMs)}` : `every ${formatDuration(when.everyMs)}`;
  return `${factor} times that for ${formatDuration(lengthMs)} ${time}`;
}

function lateByWords(by: LateBy): string {
  switch (by.kind) {
    case 'uniform':
      return spanWords({ min: by.minMs, max: by.maxMs });
    case 'exponential':
      return `${formatDuration(by.meanMs)} on average`;
    case 'lognormal':
      return `${formatDuration(by.medianMs)} at the median (sigma ${by.sigma})`;
    case 'offline':
      return `phones that were off-line for ${spanWords({ min: by.minMs, max: by.maxMs })}`;
  }
}

function spanWords({ min, max }: MinMax): string {
  return min === max ? formatDuration(min) : `${formatDuration(min)} to ${formatDuration(max)}`;
}

function invalidWords({ kind, field }: InvalidShare): string {
  if (kind === 'any') return 'invalid';
  return `invalid (${kind}${field === undefined ? '' : `:${field}`})`;
}

function breakWords(change: SchemaBreak): string {
  const events = change.percent === 100 ? 'all events' : `${percent(change.percent)} of the events`;
  switch (change.kind) {
    case 'drop':
      return `${events} without ${change.field}`;
    case 'null':
      return `${events} with ${change.field} null`;
    case 'type':
      return `${events} with ${change.field} of another type`;
    case 'add':
      return `${events} with a new field ${change.field}`;
    case 'rename':
      return `${events} with ${change.field} called ${change.to}`;
    case 'version':
      return `${events} of schema version ${change.version}`;
  }
}

function share(value: number, what: string): string[] {
  return value === 0 ? [] : [`${percent(value)} ${what}`];
}

function percent(value: number): string {
  return `${Number(value.toFixed(3))}%`;
}

/** The rates of a plan, bursts included: `1k/s`, or `500/s to 8k/s`. */
export function rateSpanText(plan: Pick<TrafficPlan, 'phases'>): string {
  const spans = plan.phases.map(({ rate }) => rateSpan(rate));
  const low = Math.min(...spans.map((span) => span.low));
  const high = Math.max(...spans.map((span) => span.high));
  if (low === high) return rateText(high);
  return `${rateText(low, '0/s')} to ${rateText(high)}`;
}

interface Span {
  low: number;
  high: number;
}

/** As fast as possible is without a limit. */
function rateSpan({ curve, bursts }: Rate): Span {
  const ends =
    curve.kind === 'constant'
      ? [curve.perSecond === 0 ? Number.POSITIVE_INFINITY : curve.perSecond]
      : curve.kind === 'ramp'
        ? [curve.from, curve.to]
        : [curve.low, curve.high];
  const factors = [1, ...bursts.map(({ factor }) => factor)];
  return {
    low: Math.min(...ends) * Math.min(...factors),
    high: Math.max(...ends) * Math.max(...factors),
  };
}

function rateText(perSecond: number, zero = 'as fast as possible'): string {
  if (perSecond === 0) return zero;
  if (perSecond === Number.POSITIVE_INFINITY) return 'as fast as possible';
  if (perSecond < 0.1) return `${short(perSecond * 3_600)}/h`;
  return perSecond < 1 ? `${short(perSecond * 60)}/min` : `${short(perSecond)}/s`;
}

/** `500`, `2.5k`, `1.2m`. */
function short(value: number): string {
  if (value >= 1_000_000) return `${Number((value / 1_000_000).toPrecision(3))}m`;
  return value >= 1_000 ? `${Number((value / 1_000).toPrecision(3))}k` : String(Number(value.toPrecision(3)));
}

/** `5m`, or `no end`. */
export function lengthText(plan: Pick<TrafficPlan, 'phases'>): string {
  const ms = lengthOf(plan);
  return ms === undefined ? 'no end' : formatDuration(ms);
}
