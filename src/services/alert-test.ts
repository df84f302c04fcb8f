import type { Channel } from '../adapters/notify/channel.js';
import { formatDuration } from '../domain/duration.js';
import type { Reading } from '../domain/notify/answer.js';
import { bounded, keyOf, type Notification } from '../domain/notify/notification.js';
import { backoff } from '../domain/notify/policy.js';
import type { Report } from '../domain/progress.js';
import { attempt } from './attempt.js';

/** What became of a test on one channel; also what `--json` prints of it. */
export interface ChannelOutcome {
  channel: string;
  delivered: boolean;
  /** Why not, and what to do next; null if it was delivered. */
  reason: string | null;
  next: string | null;
}

export interface AlertTestParts {
  channels: readonly Channel[];
  sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  report: Report;
  signal: AbortSignal;
  timeoutMs?: number;
}

/** A person does not wait longer than that. */
const longestWaitMs = 30_000;

/** Sends the notification once through each channel, past the outbox, and says what became of it. */
export async function testChannels(
  notification: Notification,
  parts: AlertTestParts,
): Promise<ChannelOutcome[]> {
  return Promise.all(parts.channels.map((channel) => testChannel(channel, bounded(notification), parts)));
}

async function testChannel(
  channel: Channel,
  notification: Notification,
  { sleep, report, signal, timeoutMs }: AlertTestParts,
): Promise<ChannelOutcome> {
  const queued = { key: keyOf(notification), notification };
  const first = await attempt(channel, queued, signal, timeoutMs);
  const waitMs = askedToWait(first);
  if (waitMs === undefined || waitMs > longestWaitMs) return outcomeOf(channel.name, first);
  report({
    type: 'message',
    text: `${channel.name} asks to wait ${formatDuration(waitMs)}; then it is tried once more.`,
  });
  await sleep(waitMs, signal);
  return outcomeOf(channel.name, await attempt(channel, queued, signal, timeoutMs));
}

function askedToWait(reading: Reading): number | undefined {
  if (reading.says === 'limited') return reading.pauseMs ?? backoff.firstMs;
  return reading.says === 'failed' ? reading.pauseMs : undefined;
}

function outcomeOf(channel: string, reading: Reading): ChannelOutcome {
  const failed = (reason: string, next: string): ChannelOutcome => ({
    channel,
    ...{ delivered: false, reason, next },
  });
  const waitMs = askedToWait(reading);
  const later =
    waitMs === undefined || waitMs < 1_000
      ? 'try again in a moment'
      : `try again in ${formatDuration(waitMs)}`;
  switch (reading.says) {
    case 'accepted':
      return { channel, delivered: true, reason: null, next: null };
    case 'limited':
      return failed('too many requests (HTTP 429)', `The address is right, but busy: ${later}.`);
    case 'failed':
      return failed(
        reading.reason,
        waitMs === undefined
          ? 'Check the address, and whether its host can be reached from here; then try again.'
          : `The server is not ready: ${later}.`,
      );
    case 'closed':
      return failed(reading.reason, reading.next);
    case 'refused':
      return failed(reading.reason, 'The address is right, but this message was not taken: see the reason.');
  }
}
