import { expect, test } from 'vitest';
import { readDiscord } from '../../../src/adapters/notify/discord.js';
import { readSlack } from '../../../src/adapters/notify/slack.js';
import type { Answer, Reading } from '../../../src/domain/notify/answer.js';

const now = Date.UTC(2026, 10, 29, 12, 0, 0, 500);
const given = (status: number, headers: Record<string, string> = {}, text = ''): Answer => ({
  status,
  header: (name) => headers[name],
  text,
});

const limited = (seconds: number, isGlobal = false): string =>
  JSON.stringify({ message: 'You are being rate limited.', retry_after: seconds, global: isGlobal });
const user = { 'x-ratelimit-scope': 'user', 'x-ratelimit-remaining': '0' };

test.each<[string, Answer, Reading]>([
  ['no headers', given(204), { says: 'accepted' }],
  [
    'what is left, and for how long',
    given(200, { 'x-ratelimit-remaining': '4', 'x-ratelimit-reset-after': '0.4' }),
    { says: 'accepted', budget: { requests: 4, ms: 400 } },
  ],
  [
    'nothing left, with part of a millisecond',
    given(200, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset-after': '64.5701' }),
    { says: 'accepted', budget: { requests: 0, ms: 64_571 } },
  ],
  [
    'nothing left until a time, by the server’s clock',
    given(200, {
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': '1470173023.5',
      date: 'Tue, 02 Aug 2016 21:23:43 GMT',
    }),
    { says: 'accepted', budget: { requests: 0, ms: 500 } },
  ],
  [
    'nothing left, and not until when',
    given(200, { 'x-ratelimit-remaining': '0' }),
    { says: 'accepted', budget: { requests: 0, ms: 1_000 } },
  ],
  [
    'a limit of the user: the longer of header and body',
    given(429, { ...user, 'retry-after': '65' }, limited(64.57)),
    { says: 'limited', everywhere: false, pauseMs: 65_000 },
  ],
  [
    'only in the body',
    given(429, user, limited(0.3004)),
    { says: 'limited', everywhere: false, pauseMs: 301 },
  ],
  [
    'only in the header',
    given(429, { ...user, 'retry-after': '2' }, '{}'),
    { says: 'limited', everywhere: true, pauseMs: 2_000 },
  ],
  [
    'a shared limit',
    given(429, { 'x-ratelimit-scope': 'shared', 'retry-after': '1337' }, limited(1336.57)),
    { says: 'limited', everywhere: false, pauseMs: 1_337_000 },
  ],
  [
    'a global limit, by the body',
    given(429, {}, limited(1, true)),
    { says: 'limited', everywhere: true, pauseMs: 1_000 },
  ],
  [
    'a global limit, by the header',
    given(429, { 'x-ratelimit-global': 'true' }, limited(1)),
    { says: 'limited', everywhere: true, pauseMs: 1_000 },
  ],
  [
    'a global limit, by its scope',
    given(429, { 'x-ratelimit-scope': 'global' }, limited(1)),
    { says: 'limited', everywhere: true, pauseMs: 1_000 },
  ],
  [
    'from the network before Discord',
    given(429, {}, 'error code: 1015'),
    { says: 'limited', everywhere: true },
  ],
  [
    'a message that it will never have',
    given(400, {}, '{"message":"Invalid Form Body","code":50035}'),
    { says: 'refused', reason: 'HTTP 400: Invalid Form Body (50035)' },
  ],
  [
    'a channel that takes posts only',
    given(400, {}, '{"message":"Webhooks posted to forum channels must have a thread","code":220001}'),
    {
      says: 'closed',
      reason: 'HTTP 400: Webhooks posted to forum channels must have a thread (220001)',
      next: 'Add ?thread_id=… of a post there to the address.',
    },
  ],
  [
    'a message that its moderation blocks',
    given(403, {}, '{"message":"Message was blocked by automatic moderation","code":200000}'),
    { says: 'refused', reason: 'HTTP 403: Message was blocked by automatic moderation (200000)' },
  ],
  ['its own trouble', given(502, {}, '<html>'), { says: 'failed', reason: 'HTTP 502' }],
])('Discord’s answer: %s', (_, said, reading) => {
  expect(readDiscord(said, now)).toEqual(reading);
});

test.each<[Answer, Partial<Reading>]>([
  [given(200, {}, 'ok'), { says: 'accepted' }],
  [given(429, { 'retry-after': '30' }), { says: 'limited', pauseMs: 30_000 }],
  [given(400, {}, 'invalid_payload'), { says: 'refused', reason: 'HTTP 400: invalid_payload' }],
  [given(403, {}, 'action_prohibited'), { says: 'closed', reason: 'HTTP 403: action_prohibited' }],
  [given(404, {}, 'no_service'), { says: 'closed', reason: 'HTTP 404: no_service' }],
  [given(410, {}, 'channel_is_archived'), { says: 'closed', reason: 'HTTP 410: channel_is_archived' }],
  [given(500, {}, 'rollup_error'), { says: 'failed', reason: 'HTTP 500: rollup_error' }],
])('Slack’s answer: %o', (said, reading) => {
  expect(readSlack(said, now)).toMatchObject(reading);
});
