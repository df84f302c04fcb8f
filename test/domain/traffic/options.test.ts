import { describe, expect, it } from 'vitest';
import { allOptions } from '../../../src/domain/traffic/option-table.js';
import { parseProduceFlags, type ProduceFlags } from '../../../src/domain/traffic/options.js';
import { defaultPopulation, noMix } from '../../../src/domain/traffic/plan.js';
import { joinBurstWords } from '../../../src/domain/traffic/rate-notation.js';
import { parseScenario } from '../../../src/domain/traffic/scenario.js';
import { StreamlabError } from '../../../src/errors.js';

function errorOf(flags: ProduceFlags, parse = parseProduceFlags): StreamlabError {
  try {
    parse(flags);
  } catch (error) {
    if (error instanceof StreamlabError) return error;
    throw error;
  }
  throw new Error('no StreamlabError');
}

function phaseOf(flags: ProduceFlags) {
  const [phase] = parseProduceFlags(flags).plan.phases;
  if (phase === undefined) throw new Error('no phase');
  return phase;
}

const curveOf = (rate: string, more: ProduceFlags = {}) => phaseOf({ rate, ...more }).rate.curve;
const mixOf = (flags: ProduceFlags) => phaseOf(flags).mix;

describe('the flags of produce', () => {
  it('give clean traffic of 1000 records a second without end when none is given', () => {
    expect(parseProduceFlags({})).toEqual({
      plan: {
        phases: [
          {
            name: 'steady',
            durationMs: undefined,
            rate: { curve: { kind: 'constant', perSecond: 1_000 }, bursts: [] },
            mix: noMix,
          },
        ],
        arrivals: 'even',
        population: defaultPopulation,
      },
      seed: undefined,
      count: undefined,
      durationMs: undefined,
      startAtMs: undefined,
      backfillMs: undefined,
      workers: 1,
      compression: 'none',
      dryRun: false,
      to: undefined,
      from: undefined,
      eventTime: 'keep',
      manifest: undefined,
      metricsPort: undefined,
    });
  });

  it.each([
    ['5000', 5_000],
    ['5k', 5_000],
    ['2.5k', 2_500],
    ['1.1k', 1_100],
    ['2.5k/s', 2_500],
    ['300/min', 5],
    ['1M', 1_000_000],
    ['0.5', 0.5],
    ['0', 0],
  ])('read --rate %s', (rate, perSecond) => {
    expect(curveOf(rate)).toEqual({ kind: 'constant', perSecond });
  });

  it('read a range of rates as a ramp or a wave, with a unit at its end', () => {
    expect(curveOf('1k..20k', { over: '5m' })).toEqual({
      kind: 'ramp',
      from: 1_000,
      to: 20_000,
      overMs: 300_000,
    });
    expect(curveOf('5k..500', { over: '1m' })).toMatchObject({ from: 5_000, to: 500 });
    expect(curveOf('60..300/min', { wave: '24h' })).toEqual({
      kind: 'wave',
      low: 1,
      high: 5,
      periodMs: 86_400_000,
    });
  });

  it.each([
    ['10x/30s every 5m', [{ factor: 10, lengthMs: 30_000, when: { everyMs: 300_000 } }]],
    ['0.1x/1m at 2m', [{ factor: 0.1, lengthMs: 60_000, when: { atMs: 120_000 } }]],
    [
      '2x/1s at 0s, 3x/2s every 10s',
      [
        { factor: 2, lengthMs: 1_000, when: { atMs: 0 } },
        { factor: 3, lengthMs: 2_000, when: { everyMs: 10_000 } },
      ],
    ],
  ])('read --burst %s', (burst, bursts) => {
    expect(phaseOf({ burst }).rate.bursts).toEqual(bursts);
    expect(phaseOf({ burst: burst.split(',') }).rate.bursts).toEqual(bursts);
  });

  it.each([
    ['3%', 3],
    ['3', 3],
    ['0.03', 0.03],
    ['12.5 %', 12.5],
    ['100%', 100],
    ['0', 0],
  ])('read --late %s as percent', (late, percent) => {
    expect(mixOf({ late }).late.percent).toBe(percent);
  });

  it.each([
    ['30s', { kind: 'uniform', minMs: 30_000, maxMs: 30_000 }],
    ['500ms..2m', { kind: 'uniform', minMs: 500, maxMs: 120_000 }],
    ['uniform:10s..90s', { kind: 'uniform', minMs: 10_000, maxMs: 90_000 }],
    ['exponential:30s', { kind: 'exponential', meanMs: 30_000 }],
    ['exp:30s', { kind: 'exponential', meanMs: 30_000 }],
    ['lognormal:30s,1.2', { kind: 'lognormal', medianMs: 30_000, sigma: 1.2 }],
    ['offline:5m', { kind: 'offline', minMs: 300_000, maxMs: 300_000 }],
    ['offline:2m..10m', { kind: 'offline', minMs: 120_000, maxMs: 600_000 }],
  ])('read --late-by %s', (lateBy, by) => {
    expect(mixOf({ late: '5%', 'late-by': lateBy }).late).toEqual({ percent: 5, by });
  });

  it.each([
    ['v1=80%,v2=20%', 80],
    ['v1=10%', 10],
    ['v2=33.3%', 66.7],
    ['v2=100', 0],
  ])('read --schema %s as the share of version 1', (schema, v1) => {
    expect(mixOf({ schema }).v1Percent).toBe(v1);
  });

  it('read what a release breaks, separated by commas or given one by one', () => {
    const breaks = [
      { kind: 'drop', field: 'amount', percent: 2 },
      { kind: 'null', field: 'user_id', percent: 100 },
      { kind: 'type', field: 'event_time', percent: 0.5 },
      { kind: 'rename', field: 'amount', to: 'total', percent: 5 },
      { kind: 'add', field: 'coupon', percent: 10 },
      { kind: 'version', version: 3, percent: 1 },
    ];
    const texts = [
      'drop:amount@2%',
      'null:user_id',
      'type:event_time@0.5%',
      'rename:amount=total@5%',
      'add:coupon@10%',
      'version:3@1%',
    ];
    expect(mixOf({ break: texts }).breaks).toEqual(breaks);
    expect(mixOf({ break: texts.join(', ') }).breaks).toEqual(breaks);
  });

  it('read the invalid records as a share of all kinds, or kind by kind', () => {
    expect(mixOf({ invalid: '2%' }).invalid).toEqual([{ kind: 'any', field: undefined, percent: 2 }]);
    expect(mixOf({ invalid: '0' }).invalid).toEqual([]);
    expect(mixOf({ invalid: 'malformed_json=1%,missing_field:amount=0.5%' }).invalid).toEqual([
      { kind: 'malformed_json', field: undefined, percent: 1 },
      { kind: 'missing_field', field: 'amount', percent: 0.5 },
    ]);
  });

  it.each([
    ['0', 0],
    ['512', 512],
    ['1k', 1_000],
    ['1.5kB', 1_500],
    ['2KiB', 2_048],
    ['900kB', 900_000],
  ])('read --size %s', (size, bytes) => {
    expect(mixOf({ size }).sizeBytes).toBe(bytes);
  });

  it.each([
    ['2026-03-01', Date.UTC(2026, 2, 1)],
    ['2026-03-01T08:00', Date.UTC(2026, 2, 1, 8)],
    ['2026-03-01 08:00:01.5', Date.UTC(2026, 2, 1, 8, 0, 1, 500)],
    ['2026-03-01T08:00:00Z', Date.UTC(2026, 2, 1, 8)],
    ['2026-03-01T08:00+02:00', Date.UTC(2026, 2, 1, 6)],
    ['2026-03-01T08:00+0200', Date.UTC(2026, 2, 1, 6)],
    ['1772352000000', 1_772_352_000_000],
  ])('read --start-at %s', (startAt, ms) => {
    expect(parseProduceFlags({ 'start-at': startAt }).startAtMs).toBe(ms);
  });

  it('read the other options of the mix', () => {
    expect(
      mixOf({
        'too-late': '1%',
        future: '2%',
        'future-by': '2m',
        jitter: '0s',
        'clock-skew': '500ms',
        'idle-partition': '3,1,3',
        'hot-key': '30%',
        duplicates: '1%',
        'duplicate-after': '1m..10m',
      }),
    ).toEqual({
      ...noMix,
      tooLatePercent: 1,
      future: { percent: 2, byMs: 120_000 },
      jitterMs: 0,
      clockSkewMs: 500,
      idlePartitions: [1, 3],
      hotKeyPercent: 30,
      duplicates: { percent: 1, afterMs: { min: 60_000, max: 600_000 } },
    });
  });

  it('read the people and the run', () => {
    const options = parseProduceFlags({
      users: '50k',
      'user-skew': '1.1',
      producers: '20',
      'clock-skew': '1s',
      arrivals: 'Poisson',
      duration: '1h',
      count: '10k',
      seed: '0',
      workers: '4',
      compression: 'zstd',
      manifest: 'run.json',
      'metrics-port': '0',
    });
    expect(options.plan).toMatchObject({
      arrivals: 'poisson',
      population: { users: 50_000, userSkew: 1.1, producers: 20 },
    });
    expect(options).toMatchObject({
      durationMs: 3_600_000,
      count: 10_000,
      seed: 0,
      workers: 4,
      compression: 'zstd',
      manifest: 'run.json',
      metricsPort: 0,
    });
  });

  it('show five records in a dry run that has no count', () => {
    expect(parseProduceFlags({ 'dry-run': true })).toMatchObject({ dryRun: true, count: 5 });
    expect(parseProduceFlags({ 'dry-run': true, count: '20' }).count).toBe(20);
  });

  it('keep the times of a file of events unless lateness or --retime says otherwise', () => {
    expect(parseProduceFlags({ from: '-' })).toMatchObject({ from: '-', eventTime: 'keep' });
    expect(parseProduceFlags({ from: 'a.ndjson', retime: true }).eventTime).toBe('now');
    expect(parseProduceFlags({ from: 'a.ndjson', late: '3%' }).eventTime).toBe('now');
    expect(parseProduceFlags({ from: 'a.ndjson', retime: true, 'start-at': '2026-03-01' }).startAtMs).toBe(
      Date.UTC(2026, 2, 1),
    );
  });

  it('have an example each that can be read', () => {
    for (const [name, option] of Object.entries(allOptions))
      expect(option.read(option.example), name).toMatchObject({ ok: true });
  });
});

describe('flags over a scenario', () => {
  const scenario = parseScenario({
    name: 'mine',
    file: 'mine.yaml',
    lineOf: () => 1,
    values: {
      description: 'Mine',
      users: 500,
      phases: [
        { name: 'calm', duration: '1m', rate: 100 },
        { name: 'climb', duration: '2m', rate: '100..500', over: '2m', late: '60%', 'late-by': '30s' },
      ],
    },
  });
  const over = (flags: ProduceFlags) => parseProduceFlags(flags, scenario);

  it('change an option in every phase and leave the rest as it is', () => {
    const { plan, durationMs } = over({ invalid: '1%', duration: '90s', 'user-skew': '0' });
    expect(durationMs).toBe(90_000);
    expect(plan.population).toEqual({ ...defaultPopulation, users: 500, userSkew: 0 });
    expect(
      plan.phases.map(({ name, durationMs: ms, mix }) => [name, ms, mix.late.percent, mix.invalid]),
    ).toEqual([
      ['calm', 60_000, 0, [{ kind: 'any', field: undefined, percent: 1 }]],
      ['climb', 120_000, 60, [{ kind: 'any', field: undefined, percent: 1 }]],
    ]);
  });

  it('end the movement of rates with a rate that stands still', () => {
    expect(over({ rate: '50' }).plan.phases.map(({ rate }) => rate.curve)).toEqual([
      { kind: 'constant', perSecond: 50 },
      { kind: 'constant', perSecond: 50 },
    ]);
  });

  it('change how a rate moves where it does', () => {
    expect(over({ wave: '1m' }).plan.phases.map(({ rate }) => rate.curve.kind)).toEqual(['constant', 'wave']);
    expect(over({ 'late-by': '5s' }).plan.phases[1]?.mix.late.by).toMatchObject({ maxMs: 5_000 });
  });

  it('are refused when they contradict a phase, which is named', () => {
    const { message } = errorOf({ duplicates: '50%' }, over);
    expect(message).toContain('"climb"');
    expect(message).toContain('110%');
    expect(errorOf({ 'future-by': '5s' }, over).message).toContain('--future-by');
    expect(errorOf({ backfill: '1h' }, over).message).toContain('3m');
  });
});

describe('an unquoted burst', () => {
  it.each([
    ['--burst 10x/30s every 5m', ['--burst', '10x/30s every 5m']],
    ['--rate 5k --burst 10x/30s at 2m -d 5m', ['--rate', '5k', '--burst', '10x/30s at 2m', '-d', '5m']],
    ['--burst=10x/30s every 5m --json', ['--burst=10x/30s every 5m', '--json']],
    [
      '--burst 10x/30s every 5m, 2x/1s at 0s --burst 3x/1s at 5s',
      ['--burst', '10x/30s every 5m, 2x/1s at 0s', '--burst', '3x/1s at 5s'],
    ],
    ['--rate 5k stray', ['--rate', '5k', 'stray']],
    ['--burst', ['--burst']],
  ])('is put together: %s', (line, argv) => {
    expect(joinBurstWords(line.split(' '))).toEqual(argv);
  });

  it('is left alone when it was quoted', () => {
    const argv = ['--burst', '10x/30s every 5m', '--rate', '5k'];
    expect(joinBurstWords(argv)).toEqual(argv);
  });
});
