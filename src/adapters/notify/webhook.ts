import { createHmac } from 'node:crypto';
import { readStatus, type Answer, type Reading } from '../../domain/notify/answer.js';
import type { Queued } from '../../domain/notify/backlog.js';
import type { Secret } from '../../domain/notify/secret.js';
import type { Channel } from './channel.js';
import { exchange, placeOf } from './transport.js';

export interface WebhookOptions {
  address: Secret;
  /** Signs each request. */
  key?: Secret | undefined;
  now: () => number;
}

/**
 * Any server that takes JSON. The body is `{version: 1, kind: "alert", key, …}` with the notification's fields, or
 * `{version: 1, kind: "digest", key, …}`. `key` is the same in every attempt, and also in the header
 * `X-Streamlab-Delivery`: a server that has seen it need not show it again.
 *
 * With a key there is a header `X-Streamlab-Signature: t=<epoch seconds>,v1=<hex>`, where `v1` is the HMAC-SHA256 of
 * `<epoch seconds>.<body>`. Whoever checks it refuses old times, so that nobody sends a request again.
 */
export function webhookChannel(name: string, { address, key, now }: WebhookOptions): Channel {
  return {
    name,
    ...placeOf(address),
    send: (queued, signal) => {
      const body = JSON.stringify(webhookBody(queued));
      const headers = {
        // Headers are ASCII; of half a character, which has no encoding, the buffer makes a whole one.
        'x-streamlab-delivery': encodeURIComponent(Buffer.from(queued.key).toString()),
        ...(key === undefined ? {} : { 'x-streamlab-signature': signature(body, key, now()) }),
      };
      return exchange({ address, body, headers }, (answer) => readWebhook(answer, now()), signal);
    },
  };
}

function webhookBody({ key, notification, digest }: Queued): object {
  return notification === undefined
    ? { version: 1, kind: 'digest', key, ...digest }
    : { version: 1, kind: 'alert', key, ...notification };
}

export function signature(body: string, key: Secret, nowMs: number): string {
  const seconds = Math.floor(nowMs / 1_000);
  const hex = createHmac('sha256', key.reveal()).update(`${seconds}.${body}`).digest('hex');
  return `t=${seconds},v1=${hex}`;
}

function readWebhook(answer: Answer, nowMs: number): Reading {
  const [line = ''] = answer.text.split('\n');
  return readStatus(answer, nowMs, `HTTP ${answer.status}${line === '' ? '' : `: ${line}`}`);
}
