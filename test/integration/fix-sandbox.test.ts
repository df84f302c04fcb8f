import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { openFixer } from '../../src/adapters/jsonata/sandbox.js';
import { fixOfFlag } from '../../src/domain/dlq/fix-rules.js';
import type { Fixed } from '../../src/domain/dlq/replay-plan.js';

const evaluator = resolve('dist/adapters/jsonata/evaluator.js');
const event = { event_id: 'e', amount: '12.50', items: [1, 2, 3] };

/** What a fix makes of events, in a process of its own. */
async function fix(expression: string, events: readonly unknown[] = [event]): Promise<Fixed[]> {
  const fixer = openFixer([fixOfFlag(expression)], evaluator);
  try {
    const letter = { reason: 'invalid_field:amount', key: 'u-1' };
    return await fixer.fix(events.map((each) => ({ rule: 0, text: JSON.stringify(each), letter })));
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
  expect(() => openFixer([fixOfFlag('$merge([$, {')], evaluator)).toThrow(
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
  ['a list of events', '[$, $]', /^gives a list, and no event$/],
  ['nothing', 'nowhere', /^gives nothing$/],
  ['JavaScript', '$.constructor.constructor("return process")().exit()', /^(fails: |gives nothing)/],
])('%s ends with a reason, and the next letter is repaired', async (_, expression, trouble) => {
  const good = { ...event, good: true };
  const [first, bad, last] = await fix(`good ? $ : (${expression})`, [good, event, good]);
  expect(bad?.trouble).toMatch(trouble);
  expect([first, last]).toEqual([{ json: JSON.stringify(good) }, { json: JSON.stringify(good) }]);
});

test('a fix that never ends, for every letter, is given up', async () => {
  const many = Array.from({ length: 100 }, () => event);
  await expect(fix('($f := function() { $f() }; $f())', many)).rejects.toMatchObject({
    code: 'INVALID_USAGE',
    message: 'The fix (--fix) takes longer than 1 s, for 10 dead letters already.',
  });
});
