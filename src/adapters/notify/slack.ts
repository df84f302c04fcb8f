import { readStatus, type Answer, type Reading } from '../../domain/notify/answer.js';
import { messageOf } from '../../domain/notify/message.js';
import type { Secret } from '../../domain/notify/secret.js';
import { slackBody } from '../../domain/notify/slack-message.js';
import type { Channel } from './channel.js';
import { exchange, placeOf } from './transport.js';

/** docs.slack.dev, Rate limits: one message a second and channel, where short bursts are allowed. */
const slackBudget = { requests: 0, ms: 1_000 };

/** A channel of Slack's, by its incoming webhook. */
export function slackChannel(name: string, address: Secret, now: () => number): Channel {
  return {
    name,
    ...placeOf(address),
    send: (queued, signal) =>
      exchange(
        { address, body: JSON.stringify(slackBody(messageOf(queued))) },
        (answer) => readSlack(answer, now()),
        signal,
      ),
  };
}

/** What an answer of Slack's means. An error is a status and a word, such as `no_service`. */
export function readSlack(answer: Answer, nowMs: number): Reading {
  const word = /^[a-z][a-z_]*/.exec(answer.text)?.[0];
  const reason = `HTTP ${answer.status}${word === undefined ? '' : `: ${word}`}`;
  const reading = readStatus(answer, nowMs, reason);
  return reading.says === 'accepted' ? { ...reading, budget: slackBudget } : reading;
}
