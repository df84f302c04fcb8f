import { longDuration, timeOfDay } from '../instant.js';
import { windowStartOf } from '../traffic/lateness.js';

/** The settings by which the job judges, milliseconds. */
export interface JudgeSettings {
  windowMs: number;
  watermarkDelayMs: number;
  allowedLatenessMs: number;
  maxFutureSkewMs: number;
}

/** `window 12:03:00–12:04:00`, in UTC. */
export function windowName(startMs: number, { windowMs }: Pick<JudgeSettings, 'windowMs'>): string {
  return `window ${timeOfDay(startMs, startMs)}–${timeOfDay(startMs + windowMs, startMs)}`;
}

/** Why an event came too late, with the arithmetic. Epoch milliseconds. */
export function tooLateWords(
  eventTimeMs: number | null,
  watermarkMs: number | null,
  settings: JudgeSettings,
): string {
  if (eventTimeMs === null || watermarkMs === null)
    return `It says that it came too late, but not ${eventTimeMs === null ? 'for which event time' : 'what the watermark was'}.`;
  const start = windowStartOf(eventTimeMs, settings.windowMs);
  const end = start + settings.windowMs;
  const closed = end + settings.allowedLatenessMs;
  const at = (ms: number): string => timeOfDay(ms, eventTimeMs);
  const ended = `its end and ${longDuration(settings.allowedLatenessMs)} of allowed lateness`;
  const watermark = `the watermark, ${longDuration(settings.watermarkDelayMs)} behind the events, was ${at(watermarkMs)}`;
  const window = capitalised(windowName(start, settings));
  if (watermarkMs < closed)
    return `${window} closes for good at ${at(closed)} (${ended}); ${watermark}. By the settings of now that is not too late: it was judged by others.`;
  return `${window} closed for good at ${at(closed)} (${ended}); ${watermark}. It came ${longDuration(watermarkMs - closed)} too late.`;
}

/** Where a watermark stood to the window of an event that was counted. */
export function inTimeWords(
  eventTimeMs: number,
  watermarkMs: number | null,
  settings: JudgeSettings,
): string {
  const start = windowStartOf(eventTimeMs, settings.windowMs);
  const end = start + settings.windowMs;
  const at = (ms: number): string => timeOfDay(ms, eventTimeMs);
  if (watermarkMs === null) return 'There was no watermark yet.';
  const leftMs = end - watermarkMs;
  if (leftMs > 0)
    return `The watermark was ${at(watermarkMs)}: ${windowName(start, settings)} was open for ${longDuration(leftMs)} more.`;
  const graceMs = end + settings.allowedLatenessMs - watermarkMs;
  const grace = `and took late events for ${longDuration(graceMs)} more`;
  return `The watermark was ${at(watermarkMs)}, ${longDuration(-leftMs)} after the end of ${windowName(start, settings)}, which ${graceMs > 0 ? grace : 'by the settings of now was closed for good'}.`;
}

/** How far an event is ahead of the time at which Kafka got it. */
export function futureWords(
  eventTimeMs: number | null,
  gotAtMs: number | null,
  { maxFutureSkewMs }: JudgeSettings,
): string {
  if (eventTimeMs === null || gotAtMs === null)
    return 'It says that it comes from the future, but not from when, or not when Kafka got it.';
  const at = (ms: number): string => timeOfDay(ms, gotAtMs);
  const ahead = eventTimeMs - gotAtMs;
  const says = `It claims ${at(eventTimeMs)}, and Kafka got it at ${at(gotAtMs)}`;
  return ahead > maxFutureSkewMs
    ? `${says}: ${longDuration(ahead)} ahead, where ${longDuration(maxFutureSkewMs)} is allowed.`
    : `${says}. By the settings of now that is no future: it was judged by others.`;
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
