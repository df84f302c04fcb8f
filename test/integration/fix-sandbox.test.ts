import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { execa } from 'execa';
import { expect, test, vi } from 'vitest';
import { openFixer } from '../../src/adapters/jsonata/sandbox.js';
import { fixOfFlag } from '../../src/domain/dlq/fix-rules.js';
import type { Fixed } from '../../src/domain/dlq/replay-plan.js';

const evaluator = resolve('dist/adapters/jsonata/evaluator.js');
const never = new AbortController().signal;
const event = { event_id: 'e', amount: '12.50', items: [1, 2, 3] };

/** What a fix makes of events, in a process of its own. */
async function fix(expression: string, events: readonly unknown[] = [event]): Promise<Fixed[]> {
  const fixer = openFixer([fixOfFlag(expression)], evaluator, never);
  try {
    const letter = { reason: 'invalid_field:amount', key: 'u-1' };
    return await fixer.fix(
      events.map((each, n) => ({ place: `0:${n}`, rule: 0, text: JSON.stringify(each), letter })),
    );
  } finally {
    fixer.close();
  }
}

test('a fix makes a new event, letter by letter and in order', async () => {
  const events = Array.from({ length: 2_000 }, (_, n) => ({ ...event, n, amount: String(n / 4) }));
  const began = performance.now();
  const fixed = await fix('$merge([$, {"amount": $number(amount), "by": $letter.key}])', events);
  const seconds = (performance.now() - began) / 1_000;
  expect(fixed.map(({ json }) => JSON.parse(json ?? 'null') as unknown)).toEqual(
    events.map(({ n, ...rest }) => ({ ...rest, n, amount: n / 4, by: 'u-1' })),
  );
  expect(2_000 / seconds).toBeGreaterThan(500);
});

test('an expression with a fault is refused before anything begins', () => {
  expect(() => openFixer([fixOfFlag('$merge([$, {')], evaluator, never)).toThrow(
    expect.objectContaining({
      code: 'INVALID_USAGE',
      message: expect.stringMatching(/^--fix: the expression has a fault at character 12: /) as string,
    }) as Error,
  );
});

test.each([
  ['what calls itself without end', '($f := function() { $f() }; $f())', /^takes longer than 1 s$/],
  ['too deep a recursion', '($f := function($n) { 1 + $f($n + 1) }; $f(0))', /^calls itself too deeply/],
  ['lists that double', '($f := function($a) { $f($append($a, $a)) }; $f([1, 2]))', /^makes a list/],
  ['a huge range', '[1..1e9]', /^makes a list that is too long$/],
  [
    'a range of ranges',
    '$map([1..1e5], function($v) { [1..1e5] })',
    /^(makes a list|takes (longer|more) than)/,
  ],
  ['a text that is too long for a text', "$pad('x', 1e9)", /^fails: Invalid string length$/],
  [
    'an event that is huge',
    "{'a': $pad('x', 1e7)}",
    /^gives an event of 10000008 characters, which is too long$/,
  ],
  ['a text that fills the memory', "{'a': $pad('x', 5e8)}", /^takes more than 256 MB of memory$/],
  [
    'a list that only looks small',
    '($f := function($n, $a) { $n = 0 ? {"a": $a} : $f($n - 1, {"l": $a, "r": $a}) }; $f(40, 1))',
    /^takes (longer|more) than/,
  ],
  [
    'a regular expression that backtracks',
    "$match('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab', /(a+)+$/)",
    /^takes longer than 3 s$/,
  ],
  ['an error', '$number("x")', /^fails: Unable to cast value to a number: "x"$/],
  ['no event', '"text"', /^gives a string, and no event$/],
  [
    'a function',
    'function() { 1 }',
    /^gives (an event with something in it that is no JSON|a function, and no event)/,
  ],
  [
    'an event with a function in it',
    '{"f": function() { 1 }}',
    /^gives an event with something in it that is no JSON/,
  ],
  ['a list of events', '[$, $]', /^gives a list, and no event$/],
  ['nothing', 'nowhere', /^gives nothing$/],
  ['JavaScript', '$.constructor.constructor("return process")().exit()', /^(fails: |gives nothing)/],
])('%s ends with a reason, and the next letter is repaired', async (_, expression, trouble) => {
  const good = { ...event, good: true };
  const [first, bad, last] = await fix(`good ? $ : (${expression})`, [good, event, good]);
  expect(bad?.trouble).toMatch(trouble);
  expect([first, last]).toEqual([{ json: JSON.stringify(good) }, { json: JSON.stringify(good) }]);
});

test('a letter whose fix never ends counts once, however often a replay passes over it', async () => {
  const hangs = 'good ? $ : ($f := function() { $f() }; $f())';
  const fixer = openFixer([fixOfFlag(hangs)], evaluator, never);
  const good = { place: '0:9', rule: 0, text: '{"good":true}', letter: {} };
  const bad = Array.from({ length: 4 }, (_, n) => ({ place: `0:${n}`, rule: 0, text: '{}', letter: {} }));
  try {
    const first = await fixer.fix([...bad, good]);
    expect(first.map(({ json }) => json)).toEqual([...bad.map(() => undefined), good.text]);
    // Ten strikes end a replay.
    for (let pass = 0; pass < 3; pass++)
      expect(await fixer.fix([good, ...bad])).toEqual([first[4], ...first.slice(0, 4)]);
  } finally {
    fixer.close();
  }
});

test('an interruption ends a fix that hangs, at once', async () => {
  const interrupt = new AbortController();
  const fixer = openFixer(
    [fixOfFlag("$match('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab', /(a+)+$/)")],
    evaluator,
    interrupt.signal,
  );
  const fixing = fixer.fix([{ place: '0:0', rule: 0, text: '{}', letter: {} }]);
  setTimeout(() => {
    interrupt.abort(new Error('Ctrl-C'));
  }, 500);
  const began = performance.now();
  await expect(fixing).rejects.toThrow('Ctrl-C');
  // By itself it is given up after 3 s.
  expect(performance.now() - began).toBeLessThan(2_000);
  await expect(fixer.fix([{ place: '0:1', rule: 0, text: '{}', letter: {} }])).rejects.toThrow('Ctrl-C');
});

test('the process of a fix that hangs ends when the one that asked is killed', async () => {
  const program = `
    const { openFixer } = await import(process.argv[1]);
    const { fixOfFlag } = await import(process.argv[2]);
    const rules = [fixOfFlag("$match('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab', /(a+)+$/)")];
    openFixer(rules, process.argv[3], new AbortController().signal).fix([{ place: '0:0', rule: 0, text: '{}', letter: {} }]);`;
  const modules = ['adapters/jsonata/sandbox.js', 'domain/dlq/fix-rules.js', 'adapters/jsonata/evaluator.js'];
  const paths = modules.map((name) => resolve('dist', name));
  const asking = execa(process.execPath, ['--input-type=module', '-e', program, ...paths], { reject: false });
  const { pid } = asking;
  const children = async (): Promise<string> => readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  let evaluating = 0;
  await vi.waitFor(async () => {
    evaluating = Number((await children()).trim());
    // Longer than a start takes: it evaluates.
    expect((await cpuSeconds(evaluating)) ?? 0).toBeGreaterThan(0.8);
  }, 10_000);
  asking.kill('SIGKILL');
  await asking;
  await vi.waitFor(async () => {
    expect(await cpuSeconds(evaluating)).toBeUndefined();
  }, 5_000);
});

/** What a process has used up; undefined when it has ended. */
async function cpuSeconds(pid: number): Promise<number | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const [state, ...numbers] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return state === undefined || state === '' || state === 'Z'
    ? undefined
    : (Number(numbers[10]) + Number(numbers[11])) / 100;
}

test('a fix that never ends, for every letter, is given up', async () => {
  const many = Array.from({ length: 100 }, () => event);
  await expect(fix('($f := function() { $f() }; $f())', many)).rejects.toMatchObject({
    code: 'INVALID_USAGE',
    message: 'The fix (--fix) takes longer than 1 s, for 10 dead letters already.',
  });
});
