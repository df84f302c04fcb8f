import { Flags } from '@oclif/core';
import type { PostingChannel } from './domain/notify/channels.js';
import { postingChannels } from './domain/notify/channels.js';
import { addressFromStdin, type GivenAddress } from './wiring/notify.js';

/** Which rules: for every command about alerts. */
export const rulesFlag = {
  rules: Flags.string({
    summary: 'File of rules, or the name of one that ships (default: the setting alertRules, else rules)',
    helpValue: 'FILE',
  }),
};

/** The address of one channel may be piped in: it is a secret, so it is never a flag itself. */
export const addressFlags = {
  'discord-url-stdin': stdinFlag('discord', 'Discord'),
  'slack-url-stdin': stdinFlag('slack', 'Slack'),
  'webhook-url-stdin': stdinFlag('webhook', 'any other server'),
};

function stdinFlag(channel: PostingChannel, who: string) {
  return Flags.boolean({
    summary: `Read the address of the webhook of ${who} from stdin`,
    helpGroup: 'CHANNELS',
    default: false,
    exclusive: postingChannels.filter((other) => other !== channel).map((other) => `${other}-url-stdin`),
  });
}

type AddressFlags = Readonly<Record<keyof typeof addressFlags, boolean>>;

/**
 * The address that is piped in; undefined if no flag says so.
 * @throws StreamlabError INVALID_USAGE if nobody pipes anything, and the signal's reason
 */
export async function readGivenAddress(
  flags: AddressFlags,
  signal: AbortSignal,
): Promise<GivenAddress | undefined> {
  const channel = postingChannels.find((name) => flags[`${name}-url-stdin`]);
  return channel === undefined ? undefined : addressFromStdin(channel, signal);
}
