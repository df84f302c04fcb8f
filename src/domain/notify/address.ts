import { StreamlabError } from '../../errors.js';
import { Secret } from './secret.js';

const localHosts = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * The address of a webhook as it was given: a secret, since who knows it may post there.
 * @param source what it was given by, such as `STREAMLAB_DISCORD_WEBHOOK_URL`: errors name that and never the address
 * @throws StreamlabError INVALID_CONFIG
 */
export function webhookAddress(source: string, given: string): Secret {
  const text = given.trim();
  const refused = (why: string, next: string): StreamlabError =>
    new StreamlabError('INVALID_CONFIG', `${source}: ${why}`, { suggestions: [next] });
  const copy = 'Copy the whole address of the webhook, such as https://example.com/hooks/…';
  if (text === '') throw refused('there is no address.', copy);
  // Not `new URL` in a try: what that throws has the address in it.
  if (/\s/.test(text) || !URL.canParse(text)) throw refused('this is no address (URL).', copy);
  const url = new URL(text);
  const isLocal = localHosts.has(url.hostname);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLocal)) {
    throw refused(
      'the address is not https, so that everybody on the way could read it.',
      'Use an https address; http is for localhost, 127.0.0.1 and [::1] only.',
    );
  }
  if (url.username !== '' || url.password !== '') {
    throw refused(
      'the address has a user name or a password in it, which is not supported.',
      'Put the secret into the path or the query, or sign with STREAMLAB_WEBHOOK_SIGNING_KEY.',
    );
  }
  url.hash = '';
  return new Secret(url.href);
}

/** The part of an address that may be shown. */
export function hostOf(address: Secret): string {
  return new URL(address.reveal()).host;
}

const discordHosts = /^(?:(?:ptb|canary)\.)?(?:discord|discordapp)\.com$/;
const discordPath = /^\/api(?:\/v\d+)?\/webhooks\/\d+\/[\w-]+\/?$/;

/**
 * The address of a Discord webhook.
 * @throws StreamlabError INVALID_CONFIG, also when it is another page of Discord's
 */
export function discordAddress(source: string, given: string): Secret {
  const address = webhookAddress(source, given);
  const { hostname, pathname } = new URL(address.reveal());
  if (discordHosts.test(hostname) && !discordPath.test(pathname)) {
    throw new StreamlabError('INVALID_CONFIG', `${source}: this is not the address of a Discord webhook.`, {
      suggestions: ['In Discord: the channel’s settings, Integrations, Webhooks, Copy Webhook URL.'],
    });
  }
  return address;
}

/**
 * The address of a Slack webhook.
 * @throws StreamlabError INVALID_CONFIG, also when it is another page of Slack's
 */
export function slackAddress(source: string, given: string): Secret {
  const address = webhookAddress(source, given);
  const { hostname, pathname } = new URL(address.reveal());
  const isSlack = hostname === 'slack.com' || hostname.endsWith('.slack.com');
  if (isSlack && !/^\/(?:services|workflows|triggers)\/./.test(pathname)) {
    throw new StreamlabError('INVALID_CONFIG', `${source}: this is not the address of a Slack webhook.`, {
      suggestions: [
        'In Slack: your app, Incoming Webhooks, Copy; it begins with https://hooks.slack.com/services/',
      ],
    });
  }
  return address;
}
