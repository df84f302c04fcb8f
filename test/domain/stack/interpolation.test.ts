import { describe, expect, test } from 'vitest';
import { interpolate } from '../../../src/domain/stack/interpolation.js';

const variables = { SET: 'val', EMPTY: '', lower_case: 'lc' };
const of = (text: string): unknown => interpolate(text, variables, 'services.a.command[0]');

// What `docker compose config` (2.39) makes of the same texts, but where the name of a test says otherwise.
describe('a variable of a compose file', () => {
  test.each([
    ['nothing to replace', 'nothing to replace'],
    ['$SET.x $SET-y ${SET}z', 'val.x val-y valz'],
    ['${lower_case}', 'lc'],
    ['<${EMPTY}>', '<>'],
    ['${EMPTY:-d}|${EMPTY-d}|${UNSET-d}|${UNSET:-d}|${SET-d}|${SET:-d}', 'd||d|d|val|val'],
    ['${SET:+alt}|${EMPTY:+alt}|${EMPTY+alt}|${UNSET+alt}|${UNSET:+alt}', 'alt||alt||'],
    ['${SET:?no}|${SET?no}|${EMPTY?no}', 'val|val|'],
    ['[${UNSET:-}]', '[]'],
    ['${UNSET:-a:-b}', 'a:-b'],
    ['${UNSET:-http://h:80/p?q=1&r=%20}', 'http://h:80/p?q=1&r=%20'],
    ['${UNSET:-two\nlines}', 'two\nlines'],
  ])('%j becomes %j', (text, expected) => {
    expect(of(text)).toBe(expected);
  });

  test.each([
    ['${UNSET:-$SET/x}', 'val/x'],
    ['${UNSET:-${UNSET_2:-d}}', 'd'],
    ['${UNSET:-${UNSET_2:-${UNSET_3:-deep}}}', 'deep'],
    ['${UNSET:-a${SET}b${EMPTY:-c}d}', 'avalbcd'],
    ['${SET:+${UNSET:-${lower_case}}}', 'lc'],
    ['${UNSET:-{"a":{"b":1}}}', '{"a":{"b":1}}'],
    ['${UNSET:-a}b}', 'ab}'],
  ])('a default is itself replaced, however deep: %j becomes %j', (text, expected) => {
    expect(of(text)).toBe(expected);
  });

  test.each([
    ['$$HOME', '$HOME'],
    ['$${SET}', '${SET}'],
    ['a$$$$b', 'a$$b'],
    ['$$$SET', '$val'],
    ['${UNSET:-$$x}', '$x'],
  ])('two dollar signs are one, and no reference: %j becomes %j', (text, expected) => {
    expect(of(text)).toBe(expected);
  });

  test('the value of a variable is not replaced again', () => {
    expect(interpolate('${A}', { A: '$B ${C} $$' })).toBe('$B ${C} $$');
  });

  test.each([
    ['${UNSET:?say which}', 'UNSET is not set: say which'],
    ['${EMPTY:?say which}', 'EMPTY is not set: say which'],
    ['${UNSET?because of ${SET}}', 'UNSET is not set: because of val'],
    ['${UNSET:?}', 'UNSET is not set: ${UNSET:?}'],
  ])('one that is required is missed, in the words of the file: %j', (text, message) => {
    expect(() => of(text)).toThrow(`services.a.command[0]: ${message}.`);
  });

  test.each(['$UNSET', '${UNSET}', '${UNSET:-${UNSET_2}}', '${toString}', '${__proto__}'])(
    'one without a value and without a default is an error, where docker compose takes nothing: %s',
    (text) => {
      expect(() => of(text)).toThrow(
        expect.objectContaining({
          code: 'INVALID_FILE',
          message: expect.stringContaining('is not set and has no default') as string,
        }) as Error,
      );
    },
  );

  test.each(['${A', '${}', '${1A}', '${A!b}', '${ A }', '${A:}', '${A:=x}', '${UNSET:-${B}', '${A-b:-{}'])(
    'what is no reference is an error: %s',
    (text) => {
      expect(() => of(text)).toThrow('names no variable; a dollar sign that is meant as such is written $$');
    },
  );

  test.each(['costs 5$', '$', 'a$ b', '$1', '$-', '${UNSET:-x$}'])(
    'a dollar sign alone is an error, where docker compose keeps it: %s',
    (text) => {
      expect(() => of(text)).toThrow('a dollar sign that is meant as such is written $$');
    },
  );
});

describe('a parsed compose file', () => {
  test('is replaced in its values at any depth, and its keys and what is no text stay as they are', () => {
    const file = {
      services: { '${SET}': { command: ['x', '$SET', ['${SET}']], init: true, retries: 3, nothing: null } },
    };
    expect(interpolate(file, variables)).toEqual({
      services: { '${SET}': { command: ['x', 'val', ['val']], init: true, retries: 3, nothing: null } },
    });
    expect(file.services['${SET}'].command[1]).toBe('$SET');
  });

  test('names the place of what is wrong', () => {
    const file = { services: { kafka: { ports: ['1', '${PORT}'] } } };
    expect(() => interpolate(file, {})).toThrow(
      'The compose file, services.kafka.ports[1]: the variable PORT is not set and has no default.',
    );
  });
});
