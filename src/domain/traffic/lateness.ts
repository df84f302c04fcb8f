import type { LateBy } from './plan.js';
import { exponential, logNormal } from './quantiles.js';

/** Length of the tumbling windows, as in the Flink job. */
export const WINDOW_MS = 60_000;

/** The settings of the lab that decide whether an event is late. All in milliseconds. */
export interface LatenessModel {
  watermarkDelayMs: number;
  allowedLatenessMs: number;
  windowMs: number;
}

export type Timeliness = 'onTime' | 'late' | 'tooLate';

/** On-time events are this much out of order at most: half of what the watermark forgives, and never over 2 s. */
export function maxJitterMs(model: LatenessModel): number {
  return Math.min(2_000, Math.floor(model.watermarkDelayMs / 2));
}

/**
 * The verdict that the pipeline reaches when its watermark stands where it is expected to: the highest event time so
 * far minus the delay. Undefined before the first event, when nothing can be late.
 */
export function timeliness(
  eventTimeMs: number,
  watermarkMs: number | undefined,
  model: LatenessModel,
): Timeliness {
  if (watermarkMs === undefined) return 'onTime';
  const windowEnd = windowStartOf(eventTimeMs, model.windowMs) + model.windowMs;
  if (windowEnd > watermarkMs) return 'onTime';
  return watermarkMs < windowEnd + model.allowedLatenessMs ? 'late' : 'tooLate';
}

/**
 * An event time in a window that has closed and still takes late events, for traffic without an explicit range: a random
 * such window, and a random place in it. When the settings leave no such window at this moment (an allowed lateness
 * shorter than the window), the window that closed last is taken, and the event is too late for it.
 *
 * @param watermarkMs where the watermark is expected to stand
 */
export function placeLate(watermarkMs: number, model: LatenessModel, draw: () => number): number {
  const { windowMs, allowedLatenessMs } = model;
  const usable = (lastEnd: number): number =>
    Math.ceil((allowedLatenessMs - (watermarkMs - lastEnd)) / windowMs);
  // The job's own watermark lags behind a little: prefer windows that are closed all the same.
  const surelyClosed = windowStartOf(watermarkMs - maxJitterMs(model), windowMs);
  const lastEnd = usable(surelyClosed) >= 1 ? surelyClosed : windowStartOf(watermarkMs, windowMs);
  const windowEnd = lastEnd - windowMs * Math.floor(draw() * Math.max(1, usable(lastEnd)));
  return Math.max(0, windowEnd - 1 - Math.floor(draw() * windowMs));
}

/** Events that are too late lie in one of so many windows, the last that are closed for good. */
const TOO_LATE_WINDOWS = 10;

/**
 * An event time in a window that is closed for good: a random one of the last ten, and a random place in it.
 *
 * @param watermarkMs where the watermark is expected to stand
 */
export function placeTooLate(watermarkMs: number, model: LatenessModel, draw: () => number): number {
  const { windowMs, allowedLatenessMs } = model;
  const lowest = watermarkMs - maxJitterMs(model);
  const lastEnd = windowStartOf(lowest - allowedLatenessMs, windowMs);
  const windowEnd = lastEnd - windowMs * Math.floor(draw() * TOO_LATE_WINDOWS);
  return Math.max(0, windowEnd - 1 - Math.floor(draw() * windowMs));
}

/** How far behind the clock a late event is, milliseconds. @param draw evenly, 0 <= unit < 1 */
export function drawLateBy(by: Exclude<LateBy, { kind: 'offline' }>, draw: () => number): number {
  switch (by.kind) {
    case 'uniform':
      return by.minMs + Math.floor(draw() * (by.maxMs - by.minMs + 1));
    case 'exponential':
      return Math.floor(exponential(draw(), by.meanMs));
    case 'lognormal':
      return Math.floor(logNormal(draw(), by.medianMs, by.sigma));
  }
}

export function windowStartOf(timeMs: number, windowMs: number): number {
  return Math.floor(timeMs / windowMs) * windowMs;
}
