import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { futureWords, inTimeWords, tooLateWords, windowName } from '../../../src/domain/dlq/lateness.js';
import { timeliness } from '../../../src/domain/traffic/lateness.js';
import { settings } from './support.js';

const at = (hours: number, minutes: number, seconds = 0, ms = 0): number =>
  Date.UTC(2026, 10, 28, hours, minutes, seconds, ms);
const eventTime = at(20, 58, 37, 41);
/** The window's end, 20:59, and a minute of allowed lateness. */
const closed = at(21, 0);

test('a window is named by its two ends, with the date where the second is of the next day', () => {
  expect(windowName(at(20, 58), settings)).toBe('window 20:58:00–20:59:00');
  expect(windowName(at(23, 59), settings)).toBe('window 23:59:00–2026-11-29 00:00:00');
});

describe('why an event came too late', () => {
  test('is told with the arithmetic', () => {
    expect(tooLateWords(eventTime, at(21, 3, 43, 378), settings)).toBe(
      'Window 20:58:00–20:59:00 closed for good at 21:00:00 (its end and 1m of allowed lateness); the watermark, 5s behind the events, was 21:03:43.378. It came 3m 43s too late.',
    );
  });

  test('goes by the settings of the lab', () => {
    const other = { ...settings, windowMs: 10_000, watermarkDelayMs: 0, allowedLatenessMs: 1_500 };
    expect(tooLateWords(eventTime, at(20, 58, 42), other)).toBe(
      'Window 20:58:30–20:58:40 closed for good at 20:58:41.500 (its end and 1.5s of allowed lateness); the watermark, 0ms behind the events, was 20:58:42. It came 500ms too late.',
    );
  });

  test('a watermark at the very end closes the window; a millisecond less does not', () => {
    expect(tooLateWords(eventTime, closed, settings)).toMatch(/ closed for good .* It came 0ms too late\.$/);
    expect(tooLateWords(eventTime, closed - 1, settings)).toBe(
      'Window 20:58:00–20:59:00 closes for good at 21:00:00 (its end and 1m of allowed lateness); the watermark, 5s behind the events, was 20:59:59.999. By the settings of now that is not too late: it was judged by others.',
    );
  });

  test('names the day of what lies on another one', () => {
    expect(tooLateWords(at(23, 59), at(24, 1), settings)).toBe(
      'Window 23:59:00–2026-11-29 00:00:00 closed for good at 2026-11-29 00:01:00 (its end and 1m of allowed lateness); the watermark, 5s behind the events, was 2026-11-29 00:01:00. It came 0ms too late.',
    );
  });

  test('says what it cannot know', () => {
    expect(tooLateWords(null, 1, settings)).toBe(
      'It says that it came too late, but not for which event time.',
    );
    expect(tooLateWords(1, null, settings)).toBe(
      'It says that it came too late, but not what the watermark was.',
    );
  });
});

describe('where the watermark stood to an event that was counted', () => {
  test.each([
    [null, 'There was no watermark yet.'],
    [at(20, 58, 30), 'The watermark was 20:58:30: window 20:58:00–20:59:00 was open for 30s more.'],
    [at(20, 58, 59, 999), 'The watermark was 20:58:59.999: window 20:58:00–20:59:00 was open for 1ms more.'],
    [
      at(20, 59),
      'The watermark was 20:59:00, 0ms after the end of window 20:58:00–20:59:00, which took late events for 1m more.',
    ],
    [
      at(20, 59, 59, 999),
      'The watermark was 20:59:59.999, 1m after the end of window 20:58:00–20:59:00, which took late events for 1ms more.',
    ],
    [
      closed,
      'The watermark was 21:00:00, 1m after the end of window 20:58:00–20:59:00, which by the settings of now was closed for good.',
    ],
  ])('%s', (watermark, words) => {
    expect(inTimeWords(eventTime, watermark, settings)).toBe(words);
  });
});

describe('how far an event is ahead', () => {
  const gotAt = at(20, 0);
  test('is told where that is more than is allowed', () => {
    expect(futureWords(gotAt + 60_001, gotAt, settings)).toBe(
      'It claims 20:01:00.001, and Kafka got it at 20:00:00: 1m ahead, where 1m is allowed.',
    );
    expect(futureWords(gotAt + 40 * 365.25 * 86_400_000, gotAt, settings)).toBe(
      'It claims 2066-11-28 20:00:00, and Kafka got it at 20:00:00: 40 years ahead, where 1m is allowed.',
    );
  });

  test('is not where the settings of now allow it', () => {
    expect(futureWords(gotAt + 60_000, gotAt, settings)).toBe(
      'It claims 20:01:00, and Kafka got it at 20:00:00. By the settings of now that is no future: it was judged by others.',
    );
  });

  test('is unknown where a time is missing', () => {
    const unknown = 'It says that it comes from the future, but not from when, or not when Kafka got it.';
    expect(futureWords(null, 1, settings)).toBe(unknown);
    expect(futureWords(1, null, settings)).toBe(unknown);
  });
});

test('the words agree with the verdict of the job, whatever the times and settings', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 600_000 }),
      fc.integer({ min: 0, max: 600_000 }),
      fc.integer({ min: 0, max: 120_000 }),
      fc.constantFrom(1_000, 60_000),
      (eventTimeMs, watermarkMs, allowedLatenessMs, windowMs) => {
        const model = { ...settings, allowedLatenessMs, windowMs };
        const verdict = timeliness(eventTimeMs, watermarkMs, model);
        const [late, counted] = [tooLateWords, inTimeWords].map((words) =>
          words(eventTimeMs, watermarkMs, model),
        );
        expect(late?.endsWith(' too late.')).toBe(verdict === 'tooLate');
        expect(counted?.includes(' was open for ')).toBe(verdict === 'onTime');
        expect(counted?.includes(' took late events for ')).toBe(verdict === 'late');
        expect(counted?.endsWith(' was closed for good.')).toBe(verdict === 'tooLate');
      },
    ),
  );
});
