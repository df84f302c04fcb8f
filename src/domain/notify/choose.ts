import { StreamlabError } from '../../errors.js';
import { didYouMean, quoted } from '../traffic/notation.js';
import { channelNames, howToSetUp } from './channels.js';
import type { Notification } from './notification.js';
import { channelsFor, checkRoutes, type Route } from './routes.js';

/**
 * Where a test goes: to the channels that are named, else to those of the routes.
 * @param setUp names of channels, in their order
 * @throws StreamlabError INVALID_USAGE for a name that there is not; INVALID_CONFIG for a channel that is not set up, of
 * a flag or a route, and where no channel is left
 */
export function testedChannels(
  notification: Notification,
  { named, routes, setUp }: { named: readonly string[]; routes: readonly Route[]; setUp: readonly string[] },
): string[] {
  for (const name of named) refuseUnknown(name, setUp);
  if (named.length > 0) return setUp.filter((name) => named.includes(name));
  checkRoutes(routes, setUp);
  const channels = channelsFor(notification, routes, setUp);
  if (channels.length > 0) return channels;
  throw new StreamlabError(
    'INVALID_CONFIG',
    `By the routes an alert of severity ${notification.severity} and these labels goes to no channel.`,
    {
      suggestions: [
        'Try a rule that has a route, with --rule, or a channel whatever the routes, with --channel.',
      ],
    },
  );
}

function refuseUnknown(name: string, setUp: readonly string[]): void {
  if (!channelNames.some((each) => each === name))
    throw new StreamlabError(
      'INVALID_USAGE',
      `--channel ${quoted(name)}: there is no such channel${didYouMean(name, channelNames)}.`,
      { suggestions: [`Channels: ${channelNames.join(', ')}.`] },
    );
  if (setUp.includes(name)) return;
  throw new StreamlabError('INVALID_CONFIG', `--channel ${name}: the channel is not set up.`, {
    suggestions: howToSetUp(name),
  });
}
