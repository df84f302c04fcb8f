import { z } from 'zod';
import { pause, readStatus, retryAfterMs, type Answer, type Reading } from '../../domain/notify/answer.js';
import { discordBody } from '../../domain/notify/discord-message.js';
import { messageOf } from '../../domain/notify/message.js';
import { Secret } from '../../domain/notify/secret.js';
import type { Channel } from './channel.js';
import { exchange, placeOf } from './transport.js';

/** A channel of Discord's, by its webhook (docs.discord.com, Webhook resource, Execute Webhook). */
export function discordChannel(name: string, address: Secret, now: () => number): Channel {
  return {
    name,
    ...placeOf(address),
    send: (queued, signal) =>
      exchange(
        { address: waiting(address), body: JSON.stringify(discordBody(messageOf(queued))) },
        (answer) => readDiscord(answer, now()),
        signal,
      ),
  };
}

/** Without `wait`, Discord answers before the message is saved, and says nothing if it is not. */
function waiting(address: Secret): Secret {
  const url = new URL(address.reveal());
  url.searchParams.set('wait', 'true');
  return new Secret(url.href);
}

const errorSchema = z.object({ message: z.string(), code: z.number().optional() });
const limitedSchema = z.object({ retry_after: z.number(), global: z.boolean().optional() });

/** What an answer of Discord's means (docs.discord.com, Rate limits). */
export function readDiscord(answer: Answer, nowMs: number): Reading {
  if (answer.status === 429) return readLimited(answer, nowMs);
  const reading = readStatus(answer, nowMs, reasonOf(answer));
  if (reading.says !== 'accepted') return reading;
  const requests = Number(answer.header('x-ratelimit-remaining') ?? 'NaN');
  const budget = { requests, ms: untilReset(answer, nowMs) };
  return requests >= 0 ? { ...reading, budget } : reading;
}

function readLimited(answer: Answer, nowMs: number): Reading {
  const said = limitedSchema.safeParse(json(answer.text)).data;
  // The header is in whole seconds, the body is exact; where they differ, the longer is on the safe side.
  const waits = [
    retryAfterMs(answer, nowMs),
    said === undefined ? undefined : pause(said.retry_after * 1_000),
  ].filter((ms) => ms !== undefined);
  return {
    says: 'limited',
    // An answer that is not Discord's own comes from the network before it, which shuts out an IP address.
    everywhere:
      said === undefined ||
      said.global === true ||
      answer.header('x-ratelimit-scope') === 'global' ||
      answer.header('x-ratelimit-global') === 'true',
    ...(waits.length === 0 ? {} : { pauseMs: Math.max(...waits) }),
  };
}

/** A second if it does not say. */
function untilReset(answer: Answer, nowMs: number): number {
  const after = Number(answer.header('x-ratelimit-reset-after') ?? 'NaN');
  if (Number.isFinite(after)) return pause(after * 1_000);
  const at = Number(answer.header('x-ratelimit-reset') ?? 'NaN') * 1_000;
  const serverNow = Date.parse(answer.header('date') ?? '');
  return Number.isFinite(at) ? pause(at - (Number.isNaN(serverNow) ? nowMs : serverNow)) : 1_000;
}

function reasonOf({ status, text }: Answer): string {
  const said = errorSchema.safeParse(json(text)).data;
  if (said === undefined) return `HTTP ${status}`;
  return `HTTP ${status}: ${said.message}${said.code === undefined ? '' : ` (${said.code})`}`;
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
