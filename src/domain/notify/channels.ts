/** All that there are; each is set up at most once. */
export const channelNames = ['discord', 'slack', 'webhook', 'console'] as const;
export type ChannelName = (typeof channelNames)[number];

/** Those that post to an address, with the variable that gives it. */
export const addressVariables = {
  discord: 'STREAMLAB_DISCORD_WEBHOOK_URL',
  slack: 'STREAMLAB_SLACK_WEBHOOK_URL',
  webhook: 'STREAMLAB_WEBHOOK_URL',
} as const satisfies Partial<Record<ChannelName, string>>;
export type PostingChannel = keyof typeof addressVariables;
export const postingChannels = Object.keys(addressVariables) as PostingChannel[];

/** What to do about a channel that is not set up; nothing where that is no name of one. */
export function howToSetUp(channel: string): string[] {
  const name = postingChannels.find((each) => each === channel);
  if (name === undefined) return [];
  const variable = addressVariables[name];
  return [
    `Give its address in the variable ${variable}, in a file that ${variable}_FILE names, or by --${name}-url-stdin.`,
  ];
}
