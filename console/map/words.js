// What the map says, in words. The numbers are those of `streamlab top` (src/domain/pipeline/view.ts).
import { formatValue } from '../lib/units.js';

/** @typedef {import('../../src/domain/pipeline/view.js').PipelineView} View */

/** A rate with as many digits as it takes. @param {number | null | undefined} perSecond */
export function rate(perSecond) {
  if (perSecond === null || perSecond === undefined) return '–';
  return `${formatValue(perSecond, { decimals: perSecond < 10 && perSecond > 0 ? 1 : 0 })}/s`;
}

/** @param {number | null | undefined} value */
export function count(value) {
  return formatValue(value, { decimals: 0 });
}

/** @param {number | null | undefined} ms */
export function length(ms) {
  return formatValue(ms, { unit: 'ms', decimals: 0 });
}

/** @param {number | null | undefined} seconds */
export function seconds(seconds) {
  return formatValue(seconds, { unit: 's', decimals: 1 });
}

/** @param {number | null | undefined} share */
export function percent(share) {
  return formatValue(share, {
    unit: 'percentunit',
    decimals: share !== null && share !== undefined && share < 0.1 ? 1 : 0,
  });
}

/** Names of the hops, as the dashboards have them. @type {Readonly<Record<string, string>>} */
export const verdictNames = {
  on_time: 'on time',
  late: 'late',
  replayed: 'replayed',
  too_late: 'too late',
  duplicate: 'duplicate',
  invalid: 'invalid',
};

/** @type {Readonly<Record<string, string>>} */
export const verdictColors = {
  on_time: 'green',
  late: 'orange',
  replayed: 'blue',
  too_late: 'red',
  duplicate: 'text',
  invalid: 'purple',
};

/** Whether a lag shrinks, and how long that takes. @param {View['groups'][number]} group */
export function trend({ trendPerSecond, secondsToClear, unreadRecords }) {
  if (unreadRecords === 0) return 'nothing waits';
  if (trendPerSecond === null || Math.abs(trendPerSecond) < 0.5) return 'steady';
  if (trendPerSecond > 0) return `grows by ${rate(trendPerSecond)}`;
  return `shrinks by ${rate(-trendPerSecond)}${secondsToClear === null ? '' : `, clear in ${seconds(secondsToClear)}`}`;
}

/** @param {View['job']} job */
export function jobLine(job) {
  if (job === null) return 'no job';
  const restarts =
    job.restarts === null ? '' : `, ${count(job.restarts)} ${job.restarts === 1 ? 'restart' : 'restarts'}`;
  return `up ${length(job.uptimeMs)}${restarts}, ${job.tasks.running} of ${job.tasks.total} tasks`;
}

/** @param {View['job']} job */
export function checkpointLine(job) {
  const checkpoint = job?.checkpoint;
  if (checkpoint === undefined) return '–';
  const { ageMs, durationMs, sizeBytes, failed } = checkpoint;
  const took = `${length(ageMs)} ago, took ${length(durationMs)}, ${formatValue(sizeBytes, { unit: 'decbytes', decimals: 1 })}`;
  return failed > 0 ? `${took}; ${count(failed)} failed` : took;
}

/** @type {Readonly<Record<string, string>>} */
const stateWords = {
  moving: 'moves',
  silent: 'silent',
  idle: 'idle: not waited for',
  stuck: 'stuck',
  none: 'has none yet',
};

/**
 * @param {View['watermark']['partitions'][number]} partition
 * @param {number | null} heldBy
 */
export function watermarkState({ partition, state, silentMs }, heldBy) {
  const word = stateWords[state] ?? state;
  const since = state === 'silent' || state === 'idle' ? `, ${length(silentMs)}` : '';
  return `${partition === heldBy ? 'holds it back: ' : ''}${word}${since}`;
}

/** What a list of reasons leaves out; empty where it is whole. @param {number} left */
export function moreReasons(left) {
  if (left <= 0) return '';
  return `and ${count(left)} more ${left === 1 ? 'reason' : 'reasons'}`;
}
