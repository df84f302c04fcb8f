import { describe, expect, test } from 'vitest';
import {
  createdWords,
  isNothing,
  nothingCreated,
  oursAfter,
  stillOurs,
} from '../../../src/domain/attach/created.js';

const thing = (name: string, id = name) => ({ name, id });

describe('what is the lab’s own', () => {
  test('is what was not there before', () => {
    expect(oursAfter([], [thing('theirs')], [thing('theirs'), thing('ours')])).toEqual([thing('ours')]);
  });

  test('stays its own at the next look, when it was there before', () => {
    const ours = [thing('queue', '1')];
    expect(oursAfter(ours, [thing('queue', '1')], [thing('queue', '1')])).toEqual(ours);
  });

  test('made anew in place of our own is our own, in place of somebody else’s it is not', () => {
    const before = [thing('ours', '1'), thing('theirs', '2')];
    const after = [thing('ours', '3'), thing('theirs', '4')];
    expect(oursAfter([thing('ours', '1')], before, after)).toEqual([thing('ours', '3')]);
  });

  test('is no more ours when somebody made it anew under the same name', () => {
    expect(stillOurs([thing('events.raw.v1', '1')], [thing('events.raw.v1', '2')])).toEqual([]);
    expect(stillOurs([thing('a', '1'), thing('b', '2')], [thing('a', '1'), thing('c', '3')])).toEqual([
      thing('a', '1'),
    ]);
  });

  test('is named for the question', () => {
    expect(isNothing(nothingCreated)).toBe(true);
    expect(createdWords(nothingCreated)).toBe('nothing');
    const created = { topics: [thing('a')], groups: ['g', 'h'], database: thing('d'), tables: [thing('t')] };
    expect(createdWords(created)).toBe('topic a; consumer groups g, h; the database d with 1 table');
    expect(createdWords({ ...created, database: null })).toContain('1 table in ClickHouse (t)');
  });
});
