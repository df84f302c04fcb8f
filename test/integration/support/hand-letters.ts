import kafkajs from 'kafkajs';
import { topics } from '../../../src/domain/topics.js';

/** A record that somebody put on the dead-letter topic. */
interface HandLetter {
  key: string | Buffer | null;
  value: Buffer | null;
}

/** Puts it on partition 0; gives its place. */
export async function putLetter(broker: string, { key, value }: HandLetter): Promise<string> {
  const { Kafka, logLevel } = kafkajs;
  const producer = new Kafka({ brokers: [broker], logLevel: logLevel.NOTHING }).producer();
  await producer.connect();
  try {
    const [sent] = await producer.send({
      topic: topics.deadLetters,
      acks: -1,
      messages: [{ partition: 0, key, value }],
    });
    return `0:${sent!.baseOffset!}`;
  } finally {
    await producer.disconnect();
  }
}

const says = (rest: Readonly<Record<string, unknown>>): Buffer =>
  Buffer.from(
    JSON.stringify({
      reason: 'invalid_field:page',
      verdict: 'invalid',
      event_id: null,
      event_type: null,
      event_time: null,
      watermark: null,
      payload: '{}',
      source_topic: topics.raw,
      source_partition: 0,
      source_offset: 0,
      source_timestamp: 1,
      attempt: 1,
      ...rest,
    }),
  );

/** Clears the screen, colours all red, turns the writing direction, and so on. */
const escapes = '\u001b[2J\u001b[31mred\u009b1m\u202eright to left\u0007\r\n';
const asShown = '\\u001b[2J\\u001b[31mred\\u009b1m\\u202eright to left\\u0007\\r\\n';

/** What may be found on the topic beside the letters of the job, and what is to be said of it. */
export const handWritten: readonly (HandLetter & {
  name: string;
  /** Of a letter that cannot be read: why. */
  trouble?: string;
  /** What `dlq show` prints of it. */
  shows: readonly string[];
})[] = [
  {
    name: 'a tombstone',
    key: 'u-1',
    value: null,
    trouble: 'it has no value (a tombstone)',
    shows: ['Value, 0 bytes'],
  },
  {
    name: 'no JSON',
    key: null,
    value: Buffer.from('hello \u001b[2J'),
    trouble: 'its value is no JSON',
    shows: ['68 65 6c 6c 6f', '|hello .[2J|'],
  },
  {
    name: 'no source',
    key: 'u-1',
    value: says({ source_topic: undefined }),
    trouble: 'it has no source_topic',
    shows: [],
  },
  {
    name: 'an encoding of another version',
    key: 'u-1',
    value: says({ payload_encoding: 'zstd', payload: 'KLUv/Q==' }),
    shows: ['Payload, as it stands in the letter', 'KLUv/Q=='],
  },
  {
    name: 'bytes',
    key: Buffer.from([0xff, 0x1b]),
    value: says({
      reason: 'malformed_json',
      payload_encoding: 'base64',
      payload: Buffer.from([0x7b, 0xff, 0x1b, 0x5b]).toString('base64'),
    }),
    shows: ['byte 1 of 4 is not UTF-8', '7b ff 1b 5b', '/xs= (base64)'],
  },
  {
    name: 'escape codes',
    key: `k${escapes}`,
    value: says({
      reason: `by hand ${escapes}`,
      event_type: `type ${escapes}`,
      event_id: `id ${escapes}`,
      payload: JSON.stringify({ text: escapes, [escapes]: 1 }).replaceAll('\\u001b', '\u001b'),
    }),
    shows: [`by hand ${asShown}`, `k${asShown}`, `type ${asShown}`, `id ${asShown}`],
  },
  {
    name: 'ten megabytes',
    key: 'u-1',
    value: says({ payload: JSON.stringify({ page: 'x'.repeat(10_000_000), user_id: 'u-1' }) }),
    shows: ['(10000002 characters)', 'Payload, 10000027 bytes'],
  },
];
