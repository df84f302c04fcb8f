import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readScenario, readShippedScenarios } from '../../../src/adapters/files/scenario-files.js';
import { lengthOf } from '../../../src/domain/traffic/plan-length.js';
import type { Scenario } from '../../../src/domain/traffic/scenario.js';
import { rateSpanText } from '../../../src/domain/traffic/words.js';
import { StreamlabError } from '../../../src/errors.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scenarios-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function readText(text: string | Buffer): Promise<Scenario> {
  await writeFile(join(folder, 'x.yaml'), text);
  return readScenario('./x.yaml', folder);
}

async function errorOf(reading: Promise<unknown>): Promise<StreamlabError> {
  const error: unknown = await reading.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof StreamlabError) return error;
  throw new Error(`no StreamlabError: ${String(error)}`);
}

describe('the scenarios that ship', () => {
  it('are there, each three to ten minutes long, at rates that a laptop carries', async () => {
    const scenarios = await readShippedScenarios();
    expect(scenarios.map(({ name }) => name)).toEqual([
      'clock-skew',
      'dlq-spike',
      'duplicate-storm',
      'flash-sale',
      'hot-key',
      'idle-partition',
      'mobile-offline',
      'revenue-drop',
      'schema-break',
      'steady',
    ]);
    for (const { name, plan, description } of scenarios) {
      const minutes = (lengthOf(plan) ?? 0) / 60_000;
      expect(minutes, name).toBeGreaterThanOrEqual(3);
      expect(minutes, name).toBeLessThanOrEqual(10);
      expect(rateSpanText(plan), name).toMatch(/^[\d.]+k?\/s( to [1-9]k\/s)?$/);
      expect(description.length, name).toBeLessThan(90);
    }
  });

  it('leave a partition idle for longer than the idle timeout, and bring it back', async () => {
    const { plan } = await readScenario('idle-partition', folder);
    expect(plan.phases.map(({ mix }) => mix.idlePartitions)).toEqual([[], [3], []]);
    expect(plan.phases[1]?.durationMs).toBe(60_000);
  });

  it('are found by name only: one that is not there is answered with those that are', async () => {
    const error = await errorOf(readScenario('flashsale', folder));
    expect(error.code).toBe('INVALID_USAGE');
    expect(error.suggestions.join(' ')).toContain('Did you mean "flash-sale"?');
    expect(error.suggestions.join(' ')).toContain('clock-skew, dlq-spike');
    expect((await errorOf(readScenario('', folder))).code).toBe('INVALID_USAGE');
  });
});

const top = 'description: Mine\n';

describe('a scenario file', () => {
  it('takes the notation of the flags, numbers and lists, and lays phases over defaults', async () => {
    const scenario = await readText(`${top}
users: 500
arrivals: poisson
defaults:
  rate: 1k..5k
  wave: 2m
  duplicates: 1%
phases:
  - name: one
    duration: 1m
    burst: [2x/5s every 20s, 0.5x/5s at 0s]
  - { name: two, duration: 30s, rate: 500, duplicates: 0, idle-partition: [1, 3] }
  - name: three
    over: 5m
    break: [rename:amount=total@5%, version:3]
`);
    expect(scenario).toMatchObject({ name: 'x', description: 'Mine' });
    expect(scenario.plan.arrivals).toBe('poisson');
    expect(scenario.plan.population.users).toBe(500);
    expect(scenario.plan.phases).toMatchObject([
      {
        name: 'one',
        durationMs: 60_000,
        rate: {
          curve: { kind: 'wave', low: 1_000, high: 5_000, periodMs: 120_000 },
          bursts: [{ factor: 2 }, { factor: 0.5 }],
        },
        mix: { duplicates: { percent: 1 } },
      },
      {
        rate: { curve: { kind: 'constant', perSecond: 500 } },
        mix: { duplicates: { percent: 0 }, idlePartitions: [1, 3] },
      },
      {
        durationMs: undefined,
        rate: { curve: { kind: 'ramp', overMs: 300_000 } },
        mix: { breaks: [{ kind: 'rename' }, { kind: 'version', version: 3 }] },
      },
    ]);
  });

  const phases = 'phases:\n  - name: one\n';
  it.each<[string, string, number, string]>([
    [
      'a value that cannot be read',
      `${top}${phases}    late: 3%%\n`,
      4,
      'late: "3%%": give a share of 0% to 100%.',
    ],
    ['a phase without a rate of its own', `${top}${phases}    rate: 0\n`, 4, 'rate: 0: as fast as possible'],
    ['a value in the defaults', `${top}defaults:\n  size: 1GB\n${phases}`, 3, 'size: "1GB"'],
    ['a share of a kind', `${top}${phases}    invalid:\n      - malformed=1%\n`, 4, 'did you mean'],
    ['a key that nobody knows', `${top}${phases}    lateby: 3s\n`, 4, '"lateby" is no key of a phase'],
    ['a key of objects', `${top}constructor: 1\n${phases}`, 2, '"constructor" is no key of a scenario'],
    ['a flag that is no key', `${top}seed: 5\n${phases}`, 2, '"seed" is no key of a scenario'],
    ['a key given twice', `${top}${phases}    rate: 1\n    rate: 2\n`, 5, 'unique'],
    ['a bad indentation', `${top}phases:\n  - name: one\n rate: 5\n`, 4, 'not valid YAML'],
    ['an open quote', `${top}${phases}    rate: "5\n`, 5, 'not valid YAML'],
    ['two documents', `${top}${phases}---\n${top}`, 4, 'multiple documents'],
    ['an empty value', `${top}${phases}    late:\n`, 4, 'late: give a value, not nothing.'],
    [
      'a list where one value belongs',
      `${top}${phases}    rate: [1, 2]\n`,
      4,
      'rate: give a value, not a list.',
    ],
    ['yes and no', `${top}${phases}    late: true\n`, 4, 'late: give a value, not "true".'],
    ['no phases', top, 1, 'phases: give a list of at least one phase.'],
    ['an empty list of phases', `${top}phases: []\n`, 2, 'phases: give a list of at least one phase.'],
    ['phases by name', `${top}phases:\n  one: { rate: 5 }\n`, 2, 'phases: give a list'],
    ['a phase that is a word', `${top}phases:\n  - one\n`, 3, 'here should be a phase with a name'],
    ['a phase without a name', `${top}phases:\n  - rate: 5\n`, 3, 'name: give one line of text.'],
    ['no description', `phases:\n  - name: one\n`, 1, 'description: give one line of text.'],
    ['a description of two lines', `description: |\n  a\n  b\n${phases}`, 1, 'one line'],
    ['a bell in a name', `${top}phases:\n  - name: "a\\a"\n`, 3, 'one line'],
    ['an endless phase that is not the last', `${top}${phases}  - name: two\n`, 3, '"one" has no duration'],
    ['a phase of no length', `${top}${phases}    duration: 0s\n`, 4, 'duration: "0s"'],
    ['a range that does not say how', `${top}${phases}    rate: 1k..5k\n`, 4, 'add over or wave'],
    ['a way without a range', `${top}${phases}    over: 5m\n`, 4, 'over goes with a rate'],
    ['two ways', `${top}${phases}    rate: 1..5\n    over: 5m\n    wave: 5m\n`, 6, 'give one of them'],
    [
      'an option without its other one',
      `${top}${phases}    late-by: 5s\n`,
      4,
      'late-by says something about late',
    ],
    [
      'a default of no use',
      `${top}defaults:\n  late-by: 5s\n${phases}`,
      3,
      'late-by says something about late',
    ],
    ['clocks that all agree', `${top}producers: 5\n${phases}`, 2, 'producers'],
    ['more than all', `${top}defaults:\n  late: 60%\n${phases}    invalid: 50%\n`, 6, '110%'],
    [
      'a burst after the end',
      `${top}${phases}    duration: 1m\n    burst: 2x/5s at 2m\n`,
      5,
      'after the end',
    ],
    ['a word for a scenario', 'hello\n', 1, 'here should be a scenario'],
    ['nothing', '', 1, 'here should be a scenario'],
  ])('is refused with file and line for %s', async (_what, text, line, sentence) => {
    const error = await errorOf(readText(text));
    expect(error.code).toBe('INVALID_FILE');
    expect(error.message).toMatch(new RegExp(`^\\./x\\.yaml:${line}: `));
    expect(error.message).toContain(sentence);
    expect(error.suggestions.length).toBeGreaterThan(0);
  });

  it('is refused when it is not there, is a folder, is not text, or is far too large', async () => {
    expect((await errorOf(readScenario('./none.yaml', folder))).message).toContain('./none.yaml');
    expect((await errorOf(readScenario('./', folder))).code).toBe('INVALID_FILE');
    expect((await errorOf(readText(Buffer.from([0x61, 0xff, 0xfe])))).message).toContain('UTF-8');
    expect((await errorOf(readText(`# ${'x'.repeat(1_000_000)}\n`))).message).toContain('1 MB');
  });

  it('is refused when its aliases or brackets would unfold without end', async () => {
    const bomb = ['a: &a [x, x, x, x, x, x, x, x, x, x]']
      .concat(
        Array.from('bcdefgh').map((name, i) => `${name}: &${name} [${`*${'abcdefg'[i] ?? ''},`.repeat(10)}]`),
      )
      .join('\n');
    expect((await errorOf(readText(bomb))).code).toBe('INVALID_FILE');
    expect((await errorOf(readText('['.repeat(200_000)))).code).toBe('INVALID_FILE');
    expect((await errorOf(readText(`${top}phases: &p [*p]\n`))).code).toBe('INVALID_FILE');
  });

  it('may use anchors, and an error in what they stand for has its line', async () => {
    const text = (late: string): string =>
      `${top}phases:\n  - &calm\n    name: calm\n    duration: 1m\n    late: ${late}\n  - *calm\n`;
    expect((await readText(text('3%'))).plan.phases).toHaveLength(2);
    expect((await errorOf(readText(text('x')))).message).toContain('x.yaml:6: late');
  });

  it('is understood or refused with its name and a line, whatever is in it', async () => {
    const word = fc.oneof(
      fc.constantFrom(
        'description',
        'phases',
        'name',
        'rate',
        'late',
        'users',
        'defaults',
        '1m',
        '3%',
        '- ',
        ': ',
        '\n',
        '\n  ',
        '&a ',
        '*a',
        '{',
        '[',
        '!!x ',
      ),
      fc.string({ maxLength: 5 }),
    );
    const text = fc.array(word, { maxLength: 25 }).map((words) => words.join(''));
    await fc.assert(
      fc.asyncProperty(text, async (yaml) => {
        const outcome = await readText(yaml).catch((error: unknown) => error);
        if (!(outcome instanceof Error)) return;
        expect(outcome).toBeInstanceOf(StreamlabError);
        expect(outcome.message).toMatch(/x\.yaml(:\d+: | is not text)/);
      }),
      { numRuns: 500 },
    );
  });
});
