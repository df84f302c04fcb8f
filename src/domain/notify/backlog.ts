import { z } from 'zod';
import { digestOf, digestSchema, merged, type Digest } from './digest.js';
import { keyOf, notificationSchema, type Notification } from './notification.js';

const time = z.number().int();
const queuedSchema = z.union([
  z.object({ key: z.string(), notification: notificationSchema }),
  z.object({ key: z.string(), digest: digestSchema }),
]);

/** What happened to a channel's queue, as it is written down: the queue is what these give, one after the other. */
export const entrySchema = z.union([
  z.object({ add: queuedSchema, to: z.string() }),
  /** Delivered, or given up; `until` is the time before which the channel asked for nothing more. */
  z.object({ done: z.string(), to: z.string(), until: time.optional() }),
  z.object({ collapse: z.array(z.string()), into: queuedSchema, to: z.string() }),
  z.object({ wait: time, to: z.string() }),
]);
export type BacklogEntry = z.infer<typeof entrySchema>;

/** What waits for its delivery: one notification, or the digest of several. */
export type Queued =
  | { key: string; notification: Notification; digest?: never }
  | { key: string; digest: Digest; notification?: never };

interface ChannelBacklog {
  queue: Queued[];
  /** Keys that are done with, the oldest first. */
  done: Set<string>;
  waitUntil: number;
}

export interface BacklogLimits {
  /** How many wait in a channel's queue, one digest among them. */
  capacity: number;
  /** How many of a channel's deliveries are remembered, so that they are not sent again. */
  remembered: number;
}

export const backlogLimits: BacklogLimits = { capacity: 100, remembered: 5_000 };

/** What each channel has still to deliver, in order, and what it is done with. */
export class Backlog {
  private readonly channels = new Map<string, ChannelBacklog>();

  constructor(readonly limits: BacklogLimits = backlogLimits) {}

  names(): string[] {
    return [...this.channels.keys()];
  }

  queueOf(channel: string): readonly Queued[] {
    return this.channels.get(channel)?.queue ?? [];
  }

  /** Before this time the channel asked for nothing more, epoch milliseconds. */
  waitUntil(channel: string): number {
    return this.channels.get(channel)?.waitUntil ?? 0;
  }

  /** Whether it waits in the channel's queue, or was done with. */
  knows(channel: string, key: string): boolean {
    const had = this.channels.get(channel);
    return had !== undefined && (had.done.has(key) || had.queue.some((queued) => queued.key === key));
  }

  /** What to write down when a notification comes: nothing for channels that know it. */
  entriesFor(notification: Notification, channels: readonly string[]): BacklogEntry[] {
    const key = keyOf(notification);
    return channels
      .filter((channel) => !this.knows(channel, key))
      .map((to) => ({ add: { key, notification }, to }));
  }

  /**
   * What to write down when a queue is too long: the oldest go into a digest, which keeps their place.
   * @param begun what may have been seen by people already: it stays what it is
   */
  overflow(channel: string, begun?: string): BacklogEntry | undefined {
    const queue = this.queueOf(channel).filter(({ key }) => key !== begun);
    const surplus = queue.length - this.limits.capacity;
    if (surplus <= 0) return undefined;
    // The digest takes one place itself.
    const oldest = queue.slice(0, surplus + 1);
    const digest = oldest.map((one) => one.digest ?? digestOf(one.notification)).reduce(merged);
    const key = oldest.find((one) => one.digest !== undefined)?.key ?? `digest:${oldest[0]?.key ?? ''}`;
    return { collapse: oldest.map((one) => one.key), into: { key, digest }, to: channel };
  }

  apply(entry: BacklogEntry): void {
    const channel = this.channelOf(entry.to);
    if ('add' in entry) {
      if (!this.knows(entry.to, entry.add.key)) channel.queue.push(entry.add);
    } else if ('done' in entry) {
      channel.queue = channel.queue.filter(({ key }) => key !== entry.done);
      this.remember(channel, entry.done);
      channel.waitUntil = Math.max(channel.waitUntil, entry.until ?? 0);
    } else if ('collapse' in entry) this.collapse(channel, entry.collapse, entry.into);
    else channel.waitUntil = Math.max(channel.waitUntil, entry.wait);
  }

  /** The fewest entries that give this backlog. */
  entries(): BacklogEntry[] {
    return [...this.channels].flatMap(([to, { queue, done, waitUntil }]) => [
      ...[...done].map((key) => ({ done: key, to })),
      ...(waitUntil === 0 ? [] : [{ wait: waitUntil, to }]),
      ...queue.map((add) => ({ add, to })),
    ]);
  }

  private collapse(channel: ChannelBacklog, keys: readonly string[], into: Queued): void {
    const gone = new Set(keys);
    const place = channel.queue.findIndex(({ key }) => gone.has(key));
    const rest = channel.queue.filter(({ key }) => !gone.has(key));
    rest.splice(Math.max(0, place), 0, into);
    channel.queue = rest;
    for (const key of keys) if (key !== into.key) this.remember(channel, key);
  }

  private remember(channel: ChannelBacklog, key: string): void {
    channel.done.add(key);
    const oldest = channel.done.values().next().value;
    if (channel.done.size > this.limits.remembered && oldest !== undefined) channel.done.delete(oldest);
  }

  private channelOf(name: string): ChannelBacklog {
    const had = this.channels.get(name) ?? { queue: [], done: new Set(), waitUntil: 0 };
    this.channels.set(name, had);
    return had;
  }
}
