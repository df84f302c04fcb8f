import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allOptions, switches, type FlagName } from '../../../src/domain/traffic/option-table.js';
import { parseProduceFlags, type ProduceFlags } from '../../../src/domain/traffic/options.js';
import { StreamlabError } from '../../../src/errors.js';

function errorOf(flags: ProduceFlags): StreamlabError {
  try {
    parseProduceFlags(flags);
  } catch (error) {
    if (error instanceof StreamlabError) return error;
    throw error;
  }
  throw new Error('no StreamlabError');
}

describe('a flag that cannot be read', () => {
  it.each<[FlagName, string, string]>([
    ['late', '130%', '--late 3%'],
    ['late', '-1', '--late 3%'],
    ['rate', 'abc', '--rate 5k'],
    ['rate', '', '--rate 5k'],
    ['rate', '11m', '10m records'],
    ['rate', '5/d', '--rate 5k'],
    ['rate', '0.0001', '1/h'],
    ['rate', '1k..2k..3k', '--rate 5k'],
    ['rate', '1k..1k', 'two different'],
    ['over', '5', '--over 5m'],
    ['burst', '10x', '--burst "10x/30s every 5m"'],
    ['burst', '10x/5m every 30s', 'shorter'],
    ['burst', '0x/5m at 30s', '0.001x'],
    ['burst', '2x/5m at soon', 'soon'],
    ['late-by', '5', '--late-by 10s..90s'],
    ['late-by', '0s', 'above 0'],
    ['late-by', '90s..10s', 'smaller first'],
    ['late-by', '1s..2s..3s', '--late-by 10s..90s'],
    ['late-by', 'lognormal:30s', 'sigma'],
    ['late-by', 'exponental:30s', 'did you mean "exponential"'],
    ['late-by', 'constructor:30s', 'uniform:'],
    ['late-by', '999999999d', 'ten years'],
    ['duration', '30', '--duration 30s'],
    ['duration', '0s', '--duration 30s'],
    ['count', '0', '--count 10k'],
    ['count', '1.5', '--count 10k'],
    ['seed', '-3', '--seed 42'],
    ['seed', '9007199254740993', '--seed 42'],
    ['invalid', 'some', '--invalid 0.5%'],
    ['invalid', 'malformed_jsn=1%', 'did you mean "malformed_json"'],
    ['invalid', 'malformed_json', 'malformed_json=1%'],
    ['invalid', 'missing_field:amnt=1%', 'did you mean "amount"'],
    ['invalid', 'future_event:amount=1%', 'has no field'],
    ['invalid', 'malformed_json=60%,invalid_field=60%', '120%'],
    ['duplicates', '1%%', '--duplicates 1%'],
    ['schema', 'v1=80%,v2=30%', '110%'],
    ['schema', 'v1=50%,v1=50%', '--schema v1=80%,v2=20%'],
    ['schema', 'v3=10%', '--schema v1=80%,v2=20%'],
    ['break', 'drop:amout@2%', 'did you mean "amount"'],
    ['break', 'add:amount', 'already have'],
    ['break', 'rename:amount=page', 'already have'],
    ['break', 'rename:amount', 'rename:amount=total'],
    ['break', 'version:2', 'other than 1 and 2'],
    ['break', 'drp:amount', 'did you mean "drop"'],
    ['break', 'drop:amount@200%', '0% to 100%'],
    ['break', 'drop:amount@2%,nothing', '"nothing"'],
    ['size', '1MB', '900 kB'],
    ['size', '10 apples', '900 kB'],
    ['compression', 'zip', 'none, gzip'],
    ['compression', 'zst', 'did you mean "zstd"'],
    ['user-skew', '4', 'from 0 to 3'],
    ['users', '0', '--users 50k'],
    ['workers', '17', '1 to 16'],
    ['idle-partition', '1,x', '"x"'],
    ['idle-partition', '-1', '--idle-partition 3'],
    ['metrics-port', '65536', '0 to 65535'],
    ['start-at', '2026-02-30', 'ISO 8601'],
    ['start-at', '1772352000', '1772352000000'],
    ['start-at', 'tomorrow', '--start-at'],
    ['arrivals', 'random', 'even or poisson'],
    ['from', ' ', '--from events.ndjson'],
  ])('is named with what was given and an example: --%s %j', (name, value, hint) => {
    const error = errorOf({ [name]: value });
    expect([error.code, error.exitCode]).toEqual(['INVALID_USAGE', 2]);
    expect(error.message).toContain(`--${name} ${JSON.stringify(value)}`);
    expect([error.message, ...error.suggestions].join(' ')).toContain(hint);
  });

  it('is shown short and without control characters', () => {
    const { message } = errorOf({ rate: `\u001B[31m${'x'.repeat(10_000)}` });
    expect(message.length).toBeLessThan(400);
    expect(message).not.toContain('\u001B');
  });
});

describe('flags that make no sense together', () => {
  it.each<[ProduceFlags, readonly string[]]>([
    [
      { late: '60%', duplicates: '30%', invalid: '11%' },
      ['--late 60%', '--duplicates 30%', '--invalid 11%', '101%'],
    ],
    [{ 'too-late': '60%', future: '60%' }, ['--too-late 60%', '--future 60%', '120%']],
    [{ rate: '1k..20k' }, ['--rate', '--over', '--wave']],
    [{ rate: '1k..20k', over: '5m', wave: '24h' }, ['--over', '--wave']],
    [{ over: '5m' }, ['--over', '--rate']],
    [{ rate: '500', wave: '5m' }, ['--wave', '--rate']],
    [{ rate: '20k..1k', wave: '24h' }, ['--wave', 'smaller']],
    [{ rate: '20k..0', over: '1m' }, ['--over', 'silence']],
    [{ rate: '0', burst: '2x/1s every 5s' }, ['--burst', '--rate 0']],
    [{ rate: '1m', burst: '100x/1s every 5s' }, ['--burst', '10m']],
    [{ duration: '1m', burst: '2x/1s every 5m' }, ['--burst', 'after the end']],
    [{ 'late-by': '30s' }, ['--late-by', '--late']],
    [{ 'future-by': '30s' }, ['--future-by', '--future']],
    [{ 'duplicate-after': '5m' }, ['--duplicate-after', '--duplicates']],
    [{ producers: '5' }, ['--producers', '--clock-skew']],
    [{ backfill: '1h', duration: '1m' }, ['--backfill', '--duration']],
    [{ backfill: '1h', rate: '0' }, ['--backfill', '--rate 0']],
    [{ from: 'a', backfill: '1h' }, ['--from', '--backfill']],
    [{ from: 'a', schema: 'v1=1%' }, ['--from', '--schema']],
    [{ from: 'a', break: ['drop:amount'] }, ['--from', '--break']],
    [{ from: 'a', users: '5' }, ['--from', '--users']],
    [{ from: 'a', scenario: 'steady' }, ['--from', '--scenario']],
    [{ from: 'a', 'start-at': '2026-03-01' }, ['--start-at', '--retime']],
    [{ from: 'a', to: 'a' }, ['--from', '--to']],
    [{ retime: true }, ['--retime', '--from']],
    [{ to: 'a', 'dry-run': true }, ['--to', '--dry-run']],
    [{ to: 'a', compression: 'gzip' }, ['--to', '--compression']],
    [{ 'dry-run': true, manifest: 'm' }, ['--dry-run', '--manifest']],
    [{ 'dry-run': true, 'metrics-port': '0' }, ['--dry-run', '--metrics-port']],
    [{ workers: '2', to: 'a' }, ['--workers', '--to']],
    [{ workers: '2', from: 'a' }, ['--workers', '--from']],
    [{ workers: '2', 'dry-run': true }, ['--workers', '--dry-run']],
  ])('are refused with both names: %o', (flags, parts) => {
    const error = errorOf(flags);
    expect([error.code, error.exitCode]).toEqual(['INVALID_USAGE', 2]);
    for (const part of parts) expect(error.message).toContain(part);
  });

  it('are not refused when they do', () => {
    expect(parseProduceFlags({ backfill: '1h', rate: '0', count: '5' })).toMatchObject({ count: 5 });
    expect(parseProduceFlags({ from: '-', to: '-' })).toMatchObject({ from: '-', to: '-' });
    expect(parseProduceFlags({ workers: '1', to: 'a' }).workers).toBe(1);
    expect(parseProduceFlags({ late: '33.3', duplicates: '66.7' }).plan.phases).toHaveLength(1);
  });
});

describe('whatever is typed', () => {
  const names = [...Object.keys(allOptions), ...Object.keys(switches)] as FlagName[];
  const pieces = fc.constantFrom(
    ...Object.values(allOptions).map((option) => option.example),
    ...[
      '',
      '0',
      '%',
      '..',
      ':',
      ',',
      '@',
      '=',
      'x/',
      ' every ',
      ' at ',
      'k',
      'm',
      '1e309',
      '__proto__',
      '9'.repeat(400),
    ],
  );
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.array(pieces, { maxLength: 4 }).map((all) => all.join('')),
  );
  const value = fc.oneof(text, fc.array(text, { maxLength: 3 }), fc.boolean(), fc.constant(undefined));

  it('is either understood or refused with an INVALID_USAGE that names a flag', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 4 }), (flags) => {
        try {
          const { plan } = parseProduceFlags(flags);
          expect(JSON.parse(JSON.stringify(plan)), 'only numbers that are finite').toEqual(plan);
        } catch (error) {
          expect(error).toBeInstanceOf(StreamlabError);
          expect((error as StreamlabError).code).toBe('INVALID_USAGE');
          expect((error as StreamlabError).message).toMatch(/--[a-z-]+/);
        }
      }),
      { numRuns: 3_000 },
    );
  });
});
