import { describe, expect, it } from 'vitest';
import { parseProduceFlags, type ProduceFlags } from '../../../src/domain/traffic/options.js';
import { StreamlabError } from '../../../src/errors.js';

function errorOf(flags: ProduceFlags): StreamlabError {
  try {
    parseProduceFlags(flags);
  } catch (error) {
    if (error instanceof StreamlabError) return error;
  }
  throw new Error('no StreamlabError');
}

describe('the flags of produce', () => {
  it('give clean traffic of 1000 records a second without end when none is given', () => {
    expect(parseProduceFlags({})).toEqual({
      ratePerSecond: 1_000,
      mix: { latePercent: 0, lateByMs: undefined, duplicatesPercent: 0, invalidPercent: 0 },
      durationMs: undefined,
      count: undefined,
      seed: undefined,
    });
  });

  it.each([
    ['5000', 5_000],
    ['5k', 5_000],
    ['2.5k', 2_500],
    ['1M', 1_000_000],
    ['0.5', 0.5],
    ['0', 0],
  ])('read --rate %s', (rate, ratePerSecond) => {
    expect(parseProduceFlags({ rate }).ratePerSecond).toBe(ratePerSecond);
  });

  it.each([
    ['3%', 3],
    ['3', 3],
    ['0.03', 0.03],
    ['12.5 %', 12.5],
    ['100%', 100],
    ['0', 0],
  ])('read --late %s as percent', (late, latePercent) => {
    expect(parseProduceFlags({ late }).mix.latePercent).toBe(latePercent);
  });

  it('read a range, a duration, a count and a seed', () => {
    expect(parseProduceFlags({ 'late-by': '500ms..2m', duration: '1h', seed: '0' })).toMatchObject({
      mix: { lateByMs: { min: 500, max: 120_000 } },
      durationMs: 3_600_000,
      seed: 0,
    });
    expect(parseProduceFlags({ count: '10k' }).count).toBe(10_000);
  });

  it.each<[ProduceFlags, string, string]>([
    [{ late: '130%' }, '--late "130%"', '--late 3%'],
    [{ late: '-1' }, '--late "-1"', '--late 3%'],
    [{ rate: 'abc' }, '--rate "abc"', '--rate 5000'],
    [{ rate: '' }, '--rate ""', '--rate 5000'],
    [{ rate: '11m' }, '--rate "11m"', '--rate 5000'],
    [{ 'late-by': '5' }, '--late-by "5"', '--late-by 10s..90s'],
    [{ 'late-by': '30s' }, '--late-by "30s"', '--late-by 10s..90s'],
    [{ 'late-by': '90s..10s' }, '--late-by "90s..10s"', '--late-by 10s..90s'],
    [{ 'late-by': '1s..2s..3s' }, '--late-by "1s..2s..3s"', '--late-by 10s..90s'],
    [{ duration: '30' }, '--duration "30"', '--duration 30s'],
    [{ duration: '0s' }, '--duration "0s"', '--duration 30s'],
    [{ count: '0' }, '--count "0"', '--count 10000'],
    [{ count: '1.5' }, '--count "1.5"', '--count 10000'],
    [{ seed: '-3' }, '--seed "-3"', '--seed 42'],
    [{ seed: '9007199254740993' }, '--seed "9007199254740993"', '--seed 42'],
    [{ invalid: 'some' }, '--invalid "some"', '--invalid 0.5%'],
    [{ duplicates: '1%%' }, '--duplicates "1%%"', '--duplicates 1%'],
  ])('refuse %o, naming the flag, what was given and an example', (flags, given, example) => {
    const error = errorOf(flags);
    expect([error.code, error.exitCode]).toEqual(['INVALID_USAGE', 2]);
    expect(error.message).toContain(given);
    expect(error.suggestions.join()).toContain(example);
  });

  it('refuse shares above 100% together, and two ways to end', () => {
    expect(errorOf({ late: '60%', duplicates: '30%', invalid: '11%' }).message).toContain('101%');
    expect(errorOf({ duration: '1m', count: '5' }).message).toContain('--count');
  });
});
