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
/** "Webhooks posted to forum channels must have a thread_name or thread_id." */
const forumCode = 220_001;
/** Message or title blocked by automatic moderation, message blocked by the filter of harmful links. */
const blockedCodes: ReadonlySet<number> = new Set([200_000, 200_001, 240_000]);
const limitedSchema = z.object({ retry_after: z.number(), global: z.boolean().optional() });

/** What an answer of Discord's means (docs.discord.com, Rate limits). */
export function readDiscord(answer: Answer, nowMs: number): Reading {
  if (answer.status === 429) return readLimited(answer, nowMs);
  const said = errorSchema.safeParse(json(answer.text)).data;
  const reading = readStatus(answer, nowMs, reasonOf(answer.status, said));
  // Whatever its status: others may pass.
  if (said?.code !== undefined && blockedCodes.has(said.code)) {
    return { says: 'refused', reason: reasonOf(answer.status, said) };
  }
  // So it would be with every message.
  if (reading.says === 'refused' && said?.code === forumCode) {
    return {
      says: 'closed',
      reason: reading.reason,
      next: 'Add ?thread_id=… of a post there to the address.',
    };
  }
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

function reasonOf(status: number, said: z.infer<typeof errorSchema> | undefined): string {
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
