import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { holds, readCondition, type Condition } from '../../../src/domain/dlq/condition.js';

function condition(text: string): Condition {
  const reading = readCondition(text);
  if (!reading.ok) throw new Error(reading.why);
  return reading.value;
}
const isTrue = (text: string, json: unknown): boolean => holds(condition(text), json);

describe('a condition', () => {
  test.each<[string, Condition]>([
    ['page', { path: ['page'], test: 'exists', value: undefined }],
    ['page=/cart', { path: ['page'], test: 'equals', value: '/cart' }],
    ['page != /cart', { path: ['page'], test: 'differs', value: '/cart' }],
    [' a.b[0].c = 1.0 ', { path: ['a', 'b', 0, 'c'], test: 'equals', value: 1 }],
    ['$.items[1]="1"', { path: ['items', 1], test: 'equals', value: '1' }],
    ['["odd = name"]=null', { path: ['odd = name'], test: 'equals', value: null }],
    ['a=""', { path: ['a'], test: 'equals', value: '' }],
    ['a=two words', { path: ['a'], test: 'equals', value: 'two words' }],
    ['a=b!=c', { path: ['a'], test: 'equals', value: 'b!=c' }],
    ['a!={"x":[true]}', { path: ['a'], test: 'differs', value: { x: [true] } }],
    ['$x', { path: ['$x'], test: 'exists', value: undefined }],
  ])('%j is read', (text, value) => {
    expect(readCondition(text)).toEqual({ ok: true, value });
  });

  test.each([
    ['', 'it names no field of the payload'],
    ['=x', 'it names no field of the payload'],
    ['!=x', 'it names no field of the payload'],
    ['a=', 'there is no value behind it; "" stands for an empty text'],
    ['a!= ', 'there is no value behind it; "" stands for an empty text'],
    ['a>5', 'behind the path comes =, != or nothing'],
    ['a b', 'behind the path comes =, != or nothing'],
    ['a.=1', 'behind the path comes =, != or nothing'],
    ['a!1', 'behind the path comes =, != or nothing'],
  ])('%j is refused, with why', (text, why) => {
    expect(readCondition(text)).toEqual({ ok: false, why });
  });
});

describe('a condition on a payload', () => {
  const json = JSON.parse(
    '{"page":"/cart","n":1.50,"t":"1.5","no":false,"nil":null,"empty":"","list":[1,{"a":[]}],"o":{"x":1,"y":[2]},"__proto__":7}',
  ) as unknown;

  test.each([
    'page',
    'nil',
    'empty',
    'list[1].a',
    '__proto__',
    'page=/cart',
    'page="/cart"',
    'n=1.5',
    'n=15e-1',
    't="1.5"',
    'no=false',
    'nil=null',
    'empty=""',
    'list[0]=1',
    'o={"y":[2],"x":1}',
    'list=[1,{"a":[]}]',
    '__proto__=7',
    'page!=/',
    't!=1.5',
    'n!="1.5"',
    'nothing!=1',
    'nothing!=null',
    'o!={"x":1}',
    'o!={"x":1,"y":[2],"z":3}',
    'list!={"0":1,"1":{"a":[]}}',
    'o!={"x":1,"__proto__":[2]}',
    'page[0]!=x',
  ])('%s holds', (text) => {
    expect(isTrue(text, json)).toBe(true);
  });

  test.each([
    'nothing',
    'constructor',
    'toString',
    'o.toString',
    'page.length',
    'list.length',
    'list[2]',
    'page[0]',
    'o[0]',
    'page=/CART',
    'n="1.5"',
    't=1.5',
    'no=null',
    'nil=""',
    'nothing=null',
    'o={"x":1}',
    'list=[1]',
    'list=[{"a":[]},1]',
    'page!=/cart',
  ])('%s does not hold', (text) => {
    expect(isTrue(text, json)).toBe(false);
  });

  test.each([undefined, null, 7, 'page', [], [{ page: '/cart' }]])(
    'is false of what has no fields: %j',
    (of) => {
      expect(isTrue('page', of)).toBe(false);
      expect(isTrue('page=/cart', of)).toBe(false);
      expect(isTrue('page!=/cart', of)).toBe(true);
    },
  );
});

const values = fc.jsonValue({ maxDepth: 2 });

test('a value equals itself as it was typed, whatever it is, and never equals and differs at once', () => {
  fc.assert(
    fc.property(values, values, (value, other) => {
      // A minus before a zero is lost in JSON.
      const json = JSON.parse(JSON.stringify({ a: value })) as unknown;
      expect(isTrue(`a=${JSON.stringify(value)}`, json)).toBe(true);
      expect(isTrue('a', json)).toBe(true);
      const [same, differs] = ['=', '!='].map((operator) =>
        isTrue(`a${operator}${JSON.stringify(other)}`, json),
      );
      expect(same).toBe(!differs);
    }),
  );
});

test('a condition on a name in quotes looks at that name, whatever it is', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('a', '"', '\\', '.', '[', ']', '=', '!', ' ', '$'), { maxLength: 6 }),
      (parts) => {
        const name = parts.join('');
        const quoted = `["${name.replace(/["\\]/g, '\\$&')}"]`;
        expect(isTrue(`${quoted}=7`, { [name]: 7 })).toBe(true);
        expect(isTrue(quoted, { [`${name}x`]: 7 })).toBe(false);
      },
    ),
  );
});
