import { randomUUID } from 'node:crypto';
import kafkajs, { type Producer } from 'kafkajs';
import { topics } from '../../../src/domain/topics.js';

export const MINUTE = 60_000;
const partitions = 4;

export interface MinuteOf {
  /** Orders of 20.00 each, unless it says otherwise. */
  orders?: number;
  amount?: number;
  views?: number;
  /** Records that are no JSON. */
  malformed?: number;
}

/**
 * Writes whole minutes of traffic at once, each record with its event time as Kafka's timestamp: so many minutes of event
 * time take seconds. Every partition gets its share of every minute, spread evenly over it.
 */
export class Minutes {
  private constructor(
    private readonly producer: Producer,
    /** Start of minute 0, epoch milliseconds. */
    readonly begin: number,
  ) {}

  static async open(broker: string, begin: number): Promise<Minutes> {
    const { Kafka, logLevel } = kafkajs;
    const producer = new Kafka({ brokers: [broker], logLevel: logLevel.NOTHING }).producer();
    await producer.connect();
    return new Minutes(producer, Math.floor(begin / MINUTE) * MINUTE);
  }

  at(minute: number): number {
    return this.begin + minute * MINUTE;
  }

  /** A minute as most are. Its events close the minute before it. */
  calm(minute: number): Promise<void> {
    return this.send(minute, {});
  }

  async send(
    minute: number,
    { orders = 80, amount = 20, views = 120, malformed = 0 }: MinuteOf,
  ): Promise<void> {
    const values = [
      ...Array.from(
        { length: orders },
        () => (at: number) => event(at, 'order_placed', { order_id: 'o', amount }),
      ),
      ...Array.from(
        { length: views },
        () => (at: number) => event(at, 'page_view', { page: '/', referrer: '' }),
      ),
      ...Array.from({ length: malformed }, () => () => '{"event_id":'),
    ];
    const messages = interleaved(values).map((value, index, all) => {
      const at = this.at(minute) + Math.floor((index * MINUTE) / all.length);
      return {
        partition: index % partitions,
        key: `u${String(index)}`,
        value: value(at),
        timestamp: String(at),
      };
    });
    await this.producer.send({ topic: topics.raw, acks: -1, messages });
  }

  close(): Promise<void> {
    return this.producer.disconnect();
  }
}

function event(at: number, type: string, rest: object): string {
  const common = {
    event_id: randomUUID(),
    event_type: type,
    schema_version: 2,
    event_time: at,
    channel: 'web',
  };
  return JSON.stringify({ ...common, user_id: 'u', session_id: 's', ...rest });
}

/** In an order in which each kind is spread over the whole. */
function interleaved<T>(values: readonly T[]): T[] {
  const step = 7_919;
  return values
    .map((_, index) => values[(index * step) % values.length])
    .filter((value) => value !== undefined);
}
