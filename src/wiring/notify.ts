import { readSecret } from '../adapters/files/secrets.js';
import type { Channel } from '../adapters/notify/channel.js';
import { consoleChannel } from '../adapters/notify/console.js';
import { discordChannel } from '../adapters/notify/discord.js';
import { slackChannel } from '../adapters/notify/slack.js';
import { webhookChannel } from '../adapters/notify/webhook.js';
import { discordAddress, slackAddress, webhookAddress } from '../domain/notify/address.js';
import { Secret } from '../domain/notify/secret.js';

/**
 * The channels that the environment sets up, by `STREAMLAB_DISCORD_WEBHOOK_URL`, `STREAMLAB_SLACK_WEBHOOK_URL` and
 * `STREAMLAB_WEBHOOK_URL` (with `STREAMLAB_WEBHOOK_SIGNING_KEY`), or the files that those with `_FILE` name; and the console.
 * @throws StreamlabError INVALID_CONFIG naming the variable, never what is in it
 */
export async function notifyChannels(
  write: (line: string) => void,
  env: NodeJS.ProcessEnv = process.env,
  now: () => number = Date.now,
): Promise<Channel[]> {
  const [discord, slack, webhook, key] = await Promise.all([
    readSecret('DISCORD_WEBHOOK_URL', env),
    readSecret('SLACK_WEBHOOK_URL', env),
    readSecret('WEBHOOK_URL', env),
    readSecret('WEBHOOK_SIGNING_KEY', env),
  ]);
  const channels: Channel[] = [];
  if (discord !== undefined) {
    const address = discordAddress('STREAMLAB_DISCORD_WEBHOOK_URL', discord);
    channels.push(discordChannel('discord', address, now));
  }
  if (slack !== undefined) {
    channels.push(slackChannel('slack', slackAddress('STREAMLAB_SLACK_WEBHOOK_URL', slack), now));
  }
  if (webhook !== undefined) {
    const address = webhookAddress('STREAMLAB_WEBHOOK_URL', webhook);
    channels.push(
      webhookChannel('webhook', { address, key: key === undefined ? undefined : new Secret(key), now }),
    );
  }
  channels.push(consoleChannel('console', write, now));
  return channels;
}
