import type { Outbox } from '../adapters/files/outbox.js';
import type { Channel } from '../adapters/notify/channel.js';
import { longestPauseMs } from '../domain/notify/answer.js';
import type { BacklogEntry, Queued } from '../domain/notify/backlog.js';
import type { DeliveryNews } from '../domain/notify/delivery-news.js';
import { bounded, type Notification } from '../domain/notify/notification.js';
import { decide, Pace, type Decision } from '../domain/notify/policy.js';
import { channelsFor, checkRoutes, type Route } from '../domain/notify/routes.js';
import { attempt } from './attempt.js';
import { Turns } from './turns.js';

export interface DeliveryParts {
  channels: readonly Channel[];
  routes: readonly Route[];
  outbox: Outbox;
  clock: { now: () => number; sleep: (ms: number, signal: AbortSignal) => Promise<void> };
  /** From 0 to less than 1. */
  random: () => number;
  /** Receives what happens, for the live log. */
  onEvent: (news: DeliveryNews) => void;
  /** How long an answer may take. */
  timeoutMs?: number;
  /** How long an attempt that is under way may still take after the signal. */
  graceMs?: number;
}

export interface ChannelState {
  name: string;
  waiting: number;
  delivered: number;
  dropped: number;
  /** Attempts in a row that did not succeed. */
  failures: number;
  stopped?: { reason: string; next: string };
}

interface Lane {
  turns: Turns;
  pace: Pace;
}

const defaultGraceMs = 3_000;

/**
 * Brings notifications to their channels: in order, one at a time, each channel by itself. Accepted is what is on disk;
 * from there it is sent until an answer says that it arrived, or that it never will.
 */
export class Delivery {
  private readonly states: Map<string, ChannelState>;
  /** What each channel has tried to deliver, and is not done with. */
  private readonly begun = new Map<string, string>();
  /** By place: channels that post to one address take turns, and wait for its limits together. */
  private readonly lanes = new Map<string, Lane>();
  private readonly attempting = new Set<string>();
  private readonly hostReadyAt = new Map<string, number>();
  /** Of workers that have nothing to do, and of those who wait for the end. */
  private waiting: (() => void)[] = [];

  /** @throws StreamlabError INVALID_CONFIG if a route names a channel that there is not */
  constructor(private readonly parts: DeliveryParts) {
    const names = parts.channels.map(({ name }) => name);
    checkRoutes(parts.routes, names);
    this.states = new Map(
      names.map((name) => [name, { name, waiting: 0, delivered: 0, dropped: 0, failures: 0 }]),
    );
    for (const { name, place } of parts.channels) {
      const lane = this.lanes.get(place) ?? { turns: new Turns(1), pace: new Pace() };
      // Bounded, should the clock have been wrong when it was written down.
      const until = Math.min(parts.outbox.backlog.waitUntil(name), parts.clock.now() + longestPauseMs);
      lane.pace.waitUntil(until);
      this.lanes.set(place, lane);
    }
  }

  /**
   * Takes a notification: when this resolves, it is on disk, and is delivered also if this process is killed. One that a
   * channel has had is not sent there again.
   * @returns the channels that it goes to by the routes
   * @throws StreamlabError DISK_FULL, NOT_PERMITTED: then take it again later
   */
  async accept(notification: Notification): Promise<string[]> {
    const { outbox, routes } = this.parts;
    const one = bounded(notification);
    const channels = channelsFor(one, routes, [...this.states.keys()]);
    // One after the other, since a queue that is full changes with each. Recorded also if there is nothing new, for what
    // could not be written before.
    const added = outbox.backlog.entriesFor(one, channels);
    const recorded = outbox.record(added);
    const collapsed = added.map(({ to }) => this.collapse(to));
    // Not after the disk: with a full one, people should still be told.
    this.wake();
    await Promise.all([recorded, ...collapsed]);
    return channels;
  }

  /** Delivers until the signal is aborted; what is under way then has a moment to end. */
  async run(signal: AbortSignal): Promise<void> {
    const { channels, outbox, onEvent, graceMs = defaultGraceMs } = this.parts;
    for (const name of outbox.backlog.names()) {
      const waiting = outbox.backlog.queueOf(name).length;
      if (!this.states.has(name) && waiting > 0) onEvent({ type: 'nobody', channel: name, waiting });
    }
    const stopping = new AbortController();
    const hard = new AbortController();
    let grace: NodeJS.Timeout | undefined;
    const stop = (): void => {
      stopping.abort(signal.reason);
      this.wake();
      grace ??= setTimeout(() => {
        hard.abort(signal.reason);
      }, graceMs);
    };
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
    const work = async (channel: Channel): Promise<void> => {
      try {
        await this.work(channel, stopping.signal, hard.signal);
      } catch (error) {
        // A defect of one ends them all.
        stop();
        throw error;
      }
    };
    try {
      const ends = await Promise.allSettled(channels.map(work));
      for (const end of ends) if (end.status === 'rejected') throw end.reason;
      // All may be stopped.
      while (!signal.aborted) await this.news(signal);
    } finally {
      signal.removeEventListener('abort', stop);
      clearTimeout(grace);
    }
  }

  /** Resolves when nothing waits any more, but for channels that are stopped, or when the signal is aborted. */
  async settled(signal: AbortSignal): Promise<void> {
    const isSettled = (): boolean =>
      this.attempting.size === 0 &&
      this.channelStates().every(({ waiting, stopped }) => waiting === 0 || stopped !== undefined);
    while (!signal.aborted && !isSettled()) await this.news(signal);
  }

  channelStates(): ChannelState[] {
    return [...this.states.values()].map((state) => ({
      ...state,
      waiting: this.parts.outbox.backlog.queueOf(state.name).length,
    }));
  }

  private async work(channel: Channel, signal: AbortSignal, hard: AbortSignal): Promise<void> {
    const { clock, outbox } = this.parts;
    const state = this.stateOf(channel.name);
    const lane = this.laneOf(channel);
    while (!signal.aborted && state.stopped === undefined) {
      if (outbox.backlog.queueOf(channel.name).length === 0) {
        await this.news(signal);
        continue;
      }
      const waitMs = this.readyAt(channel) - clock.now();
      if (waitMs > 0) {
        await clock.sleep(waitMs, signal).catch(() => undefined);
        continue;
      }
      await lane.turns
        .take(signal, async () => {
          // Another channel of this place may have used up what there was.
          if (this.readyAt(channel) > clock.now()) return;
          this.attempting.add(channel.name);
          await this.attempt(channel, hard).finally(() => this.attempting.delete(channel.name));
          this.wake();
        })
        .catch((error: unknown) => {
          if (!signal.aborted) throw error;
        });
    }
  }

  /** One attempt to deliver what is first in the queue. */
  private async attempt(channel: Channel, hard: AbortSignal): Promise<void> {
    const { clock, outbox, random } = this.parts;
    const [queued] = outbox.backlog.queueOf(channel.name);
    if (queued === undefined) return;
    const state = this.stateOf(channel.name);
    this.begun.set(channel.name, queued.key);
    const { pace } = this.laneOf(channel);
    pace.spend(clock.now());
    const reading = await attempt(channel, queued, hard, this.parts.timeoutMs);
    if (reading.says === 'accepted' && reading.budget !== undefined) pace.allow(reading.budget, clock.now());
    const decision = decide(reading, clock.now(), state.failures + 1, random());
    await this.carryOut(channel, queued, decision);
    if (reading.says === 'limited' && decision.do === 'retry') {
      await this.record(channel.name, { wait: decision.atMs, to: channel.name });
    }
  }

  private async carryOut(channel: Channel, queued: Queued, decision: Decision): Promise<void> {
    const { outbox, onEvent } = this.parts;
    const { name } = channel;
    const state = this.stateOf(name);
    const lane = this.laneOf(channel);
    if (decision.do === 'retry') {
      state.failures += 1;
      lane.pace.waitUntil(decision.atMs);
      if (decision.everywhere) this.hostReadyAt.set(channel.host, decision.atMs);
      const { reason, atMs } = decision;
      onEvent({ type: 'retry', channel: name, queued, reason, failures: state.failures, at: atMs });
      return;
    }
    if (decision.do === 'stop') {
      state.stopped = { reason: decision.reason, next: decision.next };
      const waiting = outbox.backlog.queueOf(name).length;
      onEvent({ type: 'stopped', channel: name, waiting, ...state.stopped });
      return;
    }
    state.failures = 0;
    this.begun.delete(name);
    const until = lane.pace.readyAt();
    // Kept over a restart: who comes too early too often is shut out.
    const pause = until > this.parts.clock.now() ? { until } : {};
    await this.record(name, { done: queued.key, to: name, ...pause });
    if (decision.do === 'deliver') {
      state.delivered += 1;
      onEvent({ type: 'delivered', channel: name, queued });
    } else {
      state.dropped += 1;
      onEvent({ type: 'dropped', channel: name, queued, reason: decision.reason });
    }
  }

  private async record(channel: string, entry: BacklogEntry): Promise<void> {
    try {
      await this.parts.outbox.record([entry]);
    } catch (error) {
      this.parts.onEvent({ type: 'unrecorded', channel, error });
    }
  }

  private async collapse(channel: string): Promise<void> {
    const { outbox, onEvent } = this.parts;
    const entry = outbox.backlog.overflow(channel, this.begun.get(channel));
    if (entry === undefined) return;
    const recorded = outbox.record([entry]);
    const waiting = outbox.backlog.queueOf(channel).length;
    if ('collapse' in entry) onEvent({ type: 'collapsed', channel, queued: entry.into, waiting });
    await recorded;
  }

  private readyAt({ place, host }: Channel): number {
    return Math.max(this.lanes.get(place)?.pace.readyAt() ?? 0, this.hostReadyAt.get(host) ?? 0);
  }

  private laneOf({ place }: Channel): Lane {
    const lane = this.lanes.get(place);
    if (lane === undefined) throw new Error('a channel without a lane');
    return lane;
  }

  private stateOf(name: string): ChannelState {
    const state = this.states.get(name);
    if (state === undefined) throw new Error(`no channel ${name}`);
    return state;
  }

  /** Until something changes, or the signal is aborted (which wakes, too). */
  private news(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const go = (): void => {
        signal.removeEventListener('abort', go);
        resolve();
      };
      signal.addEventListener('abort', go, { once: true });
      this.waiting.push(go);
    });
  }

  private wake(): void {
    const awake = this.waiting;
    this.waiting = [];
    for (const go of awake) go();
  }
}
