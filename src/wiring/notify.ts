import { readSecret, secretFromStdin } from '../adapters/files/secrets.js';
import type { Channel } from '../adapters/notify/channel.js';
import { consoleChannel } from '../adapters/notify/console.js';
import { discordChannel } from '../adapters/notify/discord.js';
import { slackChannel } from '../adapters/notify/slack.js';
import { webhookChannel } from '../adapters/notify/webhook.js';
import { discordAddress, slackAddress, webhookAddress } from '../domain/notify/address.js';
import { addressVariables, type PostingChannel } from '../domain/notify/channels.js';
import { Secret } from '../domain/notify/secret.js';
import { rejectedOn } from '../services/deadline.js';

/** An address that a person gave, in place of what a variable says. */
export interface GivenAddress {
  channel: PostingChannel;
  /** Not checked yet. */
  address: Secret;
  /** The flag, for errors. */
  source: string;
}

/**
 * The channels that the environment sets up, by `STREAMLAB_DISCORD_WEBHOOK_URL`, `STREAMLAB_SLACK_WEBHOOK_URL` and
 * `STREAMLAB_WEBHOOK_URL` (with `STREAMLAB_WEBHOOK_SIGNING_KEY`), or the files that those with `_FILE` name; and the console.
 * @param given wins over the variable of its channel
 * @throws StreamlabError INVALID_CONFIG naming the variable or the flag, never what is in it
 */
export async function notifyChannels(
  write: (line: string) => void,
  env: NodeJS.ProcessEnv = process.env,
  now: () => number = Date.now,
  given?: GivenAddress,
): Promise<Channel[]> {
  const addressOf = async (
    channel: PostingChannel,
    parse: (source: string, text: string) => Secret,
  ): Promise<Secret | undefined> => {
    if (given?.channel === channel) return parse(given.source, given.address.reveal());
    const variable = addressVariables[channel];
    const text = await readSecret(variable.slice('STREAMLAB_'.length), env);
    return text === undefined ? undefined : parse(variable, text);
  };
  const [discord, slack, webhook, key] = await Promise.all([
    addressOf('discord', discordAddress),
    addressOf('slack', slackAddress),
    addressOf('webhook', webhookAddress),
    readSecret('WEBHOOK_SIGNING_KEY', env),
  ]);
  const signing = { key: key === undefined ? undefined : new Secret(key), now };
  return [
    ...(discord === undefined ? [] : [discordChannel('discord', discord, now)]),
    ...(slack === undefined ? [] : [slackChannel('slack', slack, now)]),
    ...(webhook === undefined ? [] : [webhookChannel('webhook', { address: webhook, ...signing })]),
    consoleChannel('console', write, now),
  ];
}

/**
 * The address of a channel, piped in.
 * @throws StreamlabError INVALID_USAGE if nobody pipes anything; the signal's reason
 */
export async function addressFromStdin(channel: PostingChannel, signal: AbortSignal): Promise<GivenAddress> {
  const { stdin } = process;
  try {
    const address = await Promise.race([secretFromStdin(stdin), rejectedOn(signal)]);
    return { channel, address, source: `--${channel}-url-stdin` };
  } finally {
    // Who is interrupted, or has said enough, is not to be waited for.
    stdin.destroy();
  }
}
