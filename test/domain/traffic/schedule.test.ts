import { describe, expect, it } from 'vitest';
import { MAX_CATCH_UP_MS, RateMeter, recordsWithin, Schedule } from '../../../src/domain/traffic/schedule.js';

const startMs = 1_000_000;

describe('the schedule of a run', () => {
  it('spreads records evenly from the first instant', () => {
    const schedule = new Schedule(4, startMs);
    expect([0, 249, 250, 999].map((ms) => schedule.due(startMs + ms, 0))).toEqual([1, 1, 2, 4]);
    expect([0, 1, 2, 4].map((i) => schedule.timeOf(i, startMs))).toEqual(
      [0, 250, 500, 1_000].map((ms) => startMs + ms),
    );
  });

  it('makes up for a short stall in full', () => {
    const schedule = new Schedule(100, startMs);
    expect(schedule.due(startMs + MAX_CATCH_UP_MS, 0)).toBe(101);
    expect(schedule.skippedMs).toBe(0);
  });

  it('makes up for no more than a bounded time after a long stall, and moves what is left', () => {
    const schedule = new Schedule(100, startMs);
    expect(schedule.due(startMs + 10_000, 0)).toBe(101);
    expect(schedule.skippedMs).toBe(10_000 - MAX_CATCH_UP_MS);
    expect(schedule.timeOf(100, startMs + 10_000)).toBe(startMs + 10_000);
    expect(schedule.due(startMs + 10_010, 101)).toBe(102);
  });

  it('goes on when the clock is set back', () => {
    const schedule = new Schedule(100, startMs);
    schedule.due(startMs + 500, 0);
    expect(schedule.due(startMs - 3_600_000, 51)).toBe(51);
    expect(schedule.due(startMs - 3_600_000 + 10, 51)).toBe(52);
  });

  it('has everything due at once at rate 0, each record when it is asked for', () => {
    const schedule = new Schedule(0, startMs);
    expect(schedule.due(startMs, 5)).toBe(Number.POSITIVE_INFINITY);
    expect(schedule.timeOf(5, startMs + 7.5)).toBe(startMs + 7);
  });

  it('gives a duration the same number of records every time', () => {
    expect([recordsWithin(1_000, 100), recordsWithin(1_001, 100), recordsWithin(2_000, 0.5)]).toEqual([
      100, 101, 1,
    ]);
    expect(recordsWithin(1_000, 0)).toBe(Number.POSITIVE_INFINITY);
  });
});

it('the rate shown is that of the last seconds, not of the whole run', () => {
  const meter = new RateMeter(0);
  for (let ms = 200; ms <= 10_000; ms += 200) meter.at(ms, ms);
  expect(meter.at(10_200, 10_200)).toBeCloseTo(1_000);
  for (let ms = 10_400; ms <= 14_000; ms += 200) meter.at(ms, 10_200);
  expect(meter.at(14_200, 10_200)).toBe(0);
});
