import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { payloadOf, readLetter } from '../../../src/domain/dlq/letter.js';
import { bytes, letter, letterJson, record } from './support.js';

describe('a dead letter', () => {
  it('is read with everything that it says', () => {
    expect(readLetter(record(letterJson({ attempt: 2, replay_id: 'r-1' })))).toEqual({
      letter: {
        partition: 1,
        offset: 5,
        key: bytes('u-1'),
        reason: 'too_late',
        eventId: '00000000-0000-4000-8000-000000000001',
        eventType: 'page_view',
        eventTimeMs: 1_000,
        watermarkMs: 200_000,
        payload: '{"user_id":"u-1","page":"/cart"}',
        payloadEncoding: null,
        source: { topic: 'events.raw.v1', partition: 2, offset: 17, timestampMs: 150_000 },
        failedAtMs: 160_000,
        attempt: 2,
        replayId: 'r-1',
      },
    });
  });

  it('of an older version is a first attempt that failed when it was written', () => {
    const value = { reason: 'malformed_json', source_topic: 't', source_partition: 0, source_offset: 0 };
    expect(readLetter(record(value)).letter).toMatchObject({
      failedAtMs: 170_000,
      attempt: 1,
      replayId: null,
      payload: null,
      watermarkMs: null,
    });
  });

  it('may say more than is known', () => {
    expect(letter({ tenant: 'x' }).reason).toBe('too_late');
  });

  it.each([
    ['a tombstone', null, 'it has no value (a tombstone)'],
    ['a word', 'hello', 'its value is no JSON'],
    ['nothing', '', 'its value is no JSON'],
    ['a list', [], 'its value is no JSON object'],
    ['no reason', letterJson({ reason: undefined }), 'it has no reason'],
    ['no source', letterJson({ source_topic: undefined }), 'it has no source_topic'],
    [
      'an offset in words',
      letterJson({ source_offset: 'seven' }),
      'its source_offset is not what a dead letter has there (Invalid input: expected number, received string)',
    ],
    [
      'half an attempt',
      letterJson({ attempt: 1.5 }),
      'its attempt is not what a dead letter has there (Invalid input: expected int, received number)',
    ],
  ])('that is none is named: %s', (_, value, trouble) => {
    expect(readLetter(record(value))).toEqual({ trouble });
  });

  it('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (value) => {
        expect(readLetter(record(null, { value }))).toHaveProperty('trouble');
      }),
    );
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...Object.keys(letterJson())), fc.jsonValue()), (says) => {
        expect(Object.keys(readLetter(record(letterJson(says))))).toHaveLength(1);
      }),
    );
  });
});

describe('the payload of a dead letter', () => {
  it('is its text, or the bytes that base64 stands for', () => {
    expect(payloadOf(letter({ payload: 'ä' }))).toEqual({ bytes: bytes('ä') });
    expect(payloadOf(letter({ payload: '/wA=', payload_encoding: 'base64' }))).toEqual({
      bytes: new Uint8Array([255, 0]),
    });
    expect(payloadOf(letter({ payload: '/w\r\nA=\n', payload_encoding: 'base64' }))).toEqual({
      bytes: new Uint8Array([255, 0]),
    });
  });

  it('is null for a tombstone and empty for no byte', () => {
    expect(payloadOf(letter({ payload: null }))).toEqual({ bytes: null });
    expect(payloadOf(letter({ payload: '' }))).toEqual({ bytes: new Uint8Array() });
  });

  it('of another encoding is named', () => {
    expect(payloadOf(letter({ payload_encoding: 'gzip' }))).toEqual({
      trouble: 'its payload_encoding is "gzip", and only base64 is known',
    });
    expect(payloadOf(letter({ payload: '/w=A', payload_encoding: 'base64' }))).toEqual({
      trouble: 'its payload is not the base64 that payload_encoding says',
    });
  });

  it('comes back from base64 as it was', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (value) => {
        const payload = Buffer.from(value).toString('base64');
        expect(payloadOf(letter({ payload, payload_encoding: 'base64' })).bytes).toEqual(value);
      }),
    );
  });
});
