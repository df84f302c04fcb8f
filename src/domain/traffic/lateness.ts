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
 * @param nowMs event time of an event that is neither late nor out of order
 */
export function placeLate(nowMs: number, model: LatenessModel, draw: () => number): number {
  const { windowMs, allowedLatenessMs } = model;
  const highest = nowMs - model.watermarkDelayMs;
  // The watermark follows out-of-order events, so it may lag a little: prefer windows that are closed all the same.
  const lastClosed = windowStartOf(highest - maxJitterMs(model), windowMs);
  const usable = Math.ceil((allowedLatenessMs - (highest - lastClosed)) / windowMs);
  const windowEnd =
    usable >= 1 ? lastClosed - windowMs * Math.floor(draw() * usable) : windowStartOf(highest, windowMs);
  return Math.max(0, windowEnd - 1 - Math.floor(draw() * windowMs));
}

function windowStartOf(timeMs: number, windowMs: number): number {
  return Math.floor(timeMs / windowMs) * windowMs;
}
