import { describe, expect, test } from 'vitest';
import { EventMention } from '../../src/domain/event-mention.js';

const id = '6f0c1c1e-5c3b-4a53-9d0e-3f7f1d4f6a10';
const mayBeOf = (eventId: string, payload: string): boolean =>
  new EventMention(eventId).mayBeOf(Buffer.from(payload));

describe('a payload whose own id cannot be read', () => {
  test.each([
    ['JSON that was cut off', `{"event_id":"${id}","event_ty`],
    ['JSON in JSON', `{"payload":"{\\"event_id\\":\\"${id}\\""}`],
    ['no JSON at all', `event_id=${id};type=page_view`],
    ['the id alone', id],
    ['the id after another that begins with it', `x${id} ${id}`],
  ])('may be of an event that stands in it as a whole: %s', (_, payload) => {
    expect(mayBeOf(id, payload)).toBe(true);
  });

  test.each([
    ['part of a longer one', `"${id}1"`],
    ['the end of a longer one', `"0${id}"`],
    ['part of one with an umlaut', `"${id}ä"`],
    ['another', `"${id.replace('6f', '7f')}"`],
    ['nothing', ''],
  ])('is not of an event whose id is %s', (_, payload) => {
    expect(mayBeOf(id, payload)).toBe(false);
  });

  test('is not taken for that of an id that is as short as a word', () => {
    expect(mayBeOf('not', 'this is not JSON')).toBe(false);
    expect(new EventMention('not').isIn(Buffer.from('this is not JSON'))).toBe(true);
  });
});

test('an id stands in payloads as JSON writes it', () => {
  const odd = 'a"b\\c\n-0123';
  expect(new EventMention(odd).isIn(Buffer.from(JSON.stringify({ event_id: odd })))).toBe(true);
});

test.each(['', ' '])('an empty id is refused: %j', (empty) => {
  expect(() => new EventMention(empty)).toThrow('The event id is empty');
});
