import { describe, expect, it } from 'vitest';
import { parseProduceFlags, type ProduceFlags } from '../../../src/domain/traffic/options.js';
import { lengthText, phaseWords, rateSpanText } from '../../../src/domain/traffic/words.js';

const planOf = (flags: ProduceFlags) => parseProduceFlags(flags).plan;
const wordsOf = (flags: ProduceFlags): string[] => planOf(flags).phases.flatMap(phaseWords);

describe('a phase in words', () => {
  it('is its rate when nothing else is unusual', () => {
    expect(wordsOf({})).toEqual(['1k/s']);
    expect(wordsOf({ rate: '0' })).toEqual(['as fast as possible']);
    expect(wordsOf({ rate: '30/min' })).toEqual(['30/min']);
  });

  it('names movements and bursts of the rate', () => {
    expect(wordsOf({ rate: '0..20k', over: '5m', burst: '10x/30s at 2m' })).toEqual([
      '0/s to 20k/s over 5m',
      '10 times that for 30s after 2m',
    ]);
    expect(wordsOf({ rate: '1k..2.5k', wave: '24h' })).toEqual(['1k/s to 2.5k/s and back every 24h']);
  });

  it('names everything that is mixed in', () => {
    expect(
      wordsOf({
        late: '3%',
        'late-by': 'offline:2m..10m',
        'too-late': '1%',
        future: '2%',
        jitter: '1s',
        'clock-skew': '500ms',
        duplicates: '1%',
        'duplicate-after': '5m',
        invalid: 'missing_field:amount=0.5%,malformed_json=1%',
        break: 'rename:amount=total@5%,add:coupon',
        'idle-partition': '1,3',
        'hot-key': '30%',
        schema: 'v1=80%',
        size: '2KiB',
      }).slice(1),
    ).toEqual([
      '3% late by phones that were off-line for 2m to 10m',
      '1% too late',
      '2% 30s ahead of the clock',
      'out of order by up to 1s',
      'clocks off by up to 500ms',
      '1% duplicates after 5m',
      '0.5% invalid (missing_field:amount)',
      '1% invalid (malformed_json)',
      '5% of the events with amount called total',
      'all events with a new field coupon',
      'nothing for partition 1, 3',
      '30% from one user',
      '80% of schema version 1',
      '2.05k bytes each',
    ]);
  });

  it('sum up to the length and the rates of a plan', () => {
    expect([lengthText(planOf({})), rateSpanText(planOf({}))]).toEqual(['no end', '1k/s']);
    expect(rateSpanText(planOf({ rate: '500..4k', over: '1m', burst: '2x/5s every 20s' }))).toBe(
      '500/s to 8k/s',
    );
    expect(rateSpanText(planOf({ rate: '0' }))).toBe('as fast as possible');
  });
});
