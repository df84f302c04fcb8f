import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { consoleChannel } from '../../../src/adapters/notify/console.js';
import { discordChannel } from '../../../src/adapters/notify/discord.js';
import { slackChannel } from '../../../src/adapters/notify/slack.js';
import { webhookChannel } from '../../../src/adapters/notify/webhook.js';
import type { Queued } from '../../../src/domain/notify/backlog.js';
import { digestOf } from '../../../src/domain/notify/digest.js';
import { keyOf, type Notification } from '../../../src/domain/notify/notification.js';
import { Secret } from '../../../src/domain/notify/secret.js';
import { notification } from './support/notifications.js';

const now = Date.UTC(2026, 10, 29, 12, 0, 0, 500);
const lasting = new AbortController().signal;
const queued = (changes: Partial<Notification> = {}): Queued => {
  const one = notification(changes);
  return { key: keyOf(one), notification: one };
};

interface Asked {
  path: string;
  headers: IncomingMessage['headers'];
  body: string;
}
let server: Server;
let asked: Asked[];
let answer: (request: IncomingMessage, response: ServerResponse) => void;
beforeEach(async () => {
  asked = [];
  answer = (_, response) => response.writeHead(200).end('ok');
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      asked.push({
        path: `${request.method ?? ''} ${request.url ?? ''}`,
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
      });
      answer(request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
const at = (path: string): Secret =>
  new Secret(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`);
const webhook = (path = '/hooks/topsecret1', key?: string) =>
  webhookChannel('webhook', {
    address: at(path),
    key: key === undefined ? undefined : new Secret(key),
    now: () => now,
  });
test('Discord gets an embed that mentions nobody, with colour, evidence and the link', async () => {
  answer = (_, response) => response.writeHead(204).end();
  const channel = discordChannel('discord', at('/api/webhooks/1/t?thread_id=7'), () => now);
  const reading = await channel.send(
    queued({
      value: 12.5,
      band: { low: 20, high: 40 },
      spark: [1, 2, 0],
      labels: { type: 'order' },
      link: 'https://lab.example.com/d?a=b',
    }),
    lasting,
  );
  expect(reading).toEqual({ says: 'accepted' });
  expect(asked[0]).toMatchObject({ path: 'POST /api/webhooks/1/t?thread_id=7&wait=true' });
  expect(JSON.parse(asked[0]!.body)).toEqual({
    allowed_mentions: { parse: [] },
    embeds: [
      {
        title: 'CRITICAL revenue\\-drop',
        description: 'Revenue fell',
        url: 'https://lab.example.com/d?a=b',
        color: 0xd92d20,
        fields: [
          { name: 'value', value: '12\\.5', inline: true },
          { name: 'expected', value: '20 to 40', inline: true },
          { name: 'last minutes', value: '▃▇·', inline: true },
          { name: 'since', value: '2026\\-11\\-29 12\\:05\\:00 UTC', inline: true },
          { name: 'type', value: 'order', inline: true },
        ],
        footer: { text: 'streamlab revenue-drop/1' },
        timestamp: '2026-11-29T12:05:00.000Z',
      },
    ],
  });
});

test('Slack gets plain text, and the link', async () => {
  const channel = slackChannel('slack', at('/services/T0/B0/x'), () => now);
  const reading = await channel.send(
    queued({
      summary: 'Revenue <!channel> & *down*',
      link: 'http://localhost:3000/d?a=1&b=|>',
      resolvedAt: Date.UTC(2026, 10, 29, 12, 7),
      status: 'resolved',
    }),
    lasting,
  );
  expect(reading).toEqual({ says: 'accepted', budget: { requests: 0, ms: 1_000 } });
  const plain = (text: string) => ({ type: 'plain_text', text, emoji: false });
  expect(JSON.parse(asked[0]!.body)).toEqual({
    text: 'RESOLVED revenue-drop: Revenue &lt;!channel&gt; &amp; *down*',
    unfurl_links: false,
    unfurl_media: false,
    attachments: [
      {
        color: '#12b76a',
        fallback: 'RESOLVED revenue-drop: Revenue &lt;!channel&gt; &amp; *down*',
        blocks: [
          { type: 'header', text: plain('RESOLVED revenue-drop') },
          { type: 'section', text: plain('Revenue &lt;!channel&gt; &amp; *down*') },
          {
            type: 'section',
            fields: [plain('since: 2026-11-29 12:05:00 UTC'), plain('until: 12:07:00 (2m)')],
          },
          {
            type: 'section',
            text: {
              type: 'mrkdwn',
              text: '<http://localhost:3000/d?a=1&amp;b=%7C%3E|Open the dashboard>',
              verbatim: true,
            },
          },
          { type: 'context', elements: [plain('streamlab revenue-drop/1')] },
        ],
      },
    ],
  });
});

test('a webhook gets JSON with the key of the delivery, signed with the time', async () => {
  const channel = webhook('/hooks/topsecret1', 'signing key');
  const one = queued({ id: 'é/1', value: 3 });
  expect(await channel.send(one, lasting)).toEqual({ says: 'accepted' });
  const { body, headers } = asked[0]!;
  expect(JSON.parse(body)).toEqual({ version: 1, kind: 'alert', key: 'firing:é/1', ...one.notification });
  const seconds = Math.floor(now / 1_000);
  const expected = createHmac('sha256', 'signing key').update(`${seconds}.${body}`).digest('hex');
  expect(headers).toMatchObject({
    'content-type': 'application/json',
    'x-streamlab-signature': `t=${seconds},v1=${expected}`,
    'x-streamlab-delivery': 'firing%3A%C3%A9%2F1',
  });
  const digest = digestOf(notification());
  await webhook().send({ key: 'digest:1', digest }, lasting);
  expect(JSON.parse(asked[1]!.body)).toMatchObject({ kind: 'digest', key: 'digest:1', notifications: 1 });
  expect(asked[1]!.headers).not.toHaveProperty('x-streamlab-signature');
  // Half a character is none that a header or its encoding can have.
  expect(await webhook().send(queued({ id: '\ud800' }), lasting)).toEqual({ says: 'accepted' });
});

test('the console prints one safe line', async () => {
  const lines: string[] = [];
  const channel = consoleChannel(
    'console',
    (line) => lines.push(line),
    () => now,
  );
  await channel.send(queued({ summary: 'fell\u001b[31m\n\u202eto', value: 3, labels: { a: 'b' } }), lasting);
  expect(lines).toEqual([
    '12:05:00  CRITICAL revenue-drop: fell\\u001b[31m \\u202eto  value=3  since=2026-11-29 12:05:00 UTC  a=b',
  ]);
});

test('a redirect of the same host is followed with the post, three times at most', async () => {
  const sendOn = (times: number) => (request: IncomingMessage, response: ServerResponse) => {
    const step = Number(/step=(\d+)/.exec(request.url ?? '')?.[1] ?? 0);
    if (step >= times) response.writeHead(200).end();
    else
      response
        .writeHead([301, 302, 307, 308][step % 4]!, { location: `/next?step=${step + 1}` })
        .end('moved');
  };
  answer = sendOn(3);
  expect(await webhook().send(queued(), lasting)).toEqual({ says: 'accepted' });
  expect(asked.map(({ path }) => path.split('?')[0])).toEqual([
    'POST /hooks/topsecret1',
    'POST /next',
    'POST /next',
    'POST /next',
  ]);
  expect(new Set(asked.map(({ body }) => body)).size).toBe(1);
  answer = sendOn(4);
  expect(await webhook().send(queued(), lasting)).toMatchObject({
    says: 'closed',
    reason: 'it sends its callers on more than 3 times',
  });
});

test.each([
  [
    'another host',
    'https://evil.example.com/collect',
    'HTTP 302: it sends its callers to another host, evil.example.com',
  ],
  ['another port', 'http://127.0.0.1:1/', 'HTTP 302: it sends its callers to another host, 127.0.0.1:1'],
  ['nowhere', undefined, 'HTTP 302 without an address to go to'],
  ['no address', 'http://[', 'HTTP 302 without an address to go to'],
  ['another scheme', 'file:///etc/passwd', 'HTTP 302: it sends its callers to another host,'],
])('a redirect to %s is not followed', async (_, location, reason) => {
  answer = (_request, response) => response.writeHead(302, location === undefined ? {} : { location }).end();
  expect(await webhook().send(queued(), lasting)).toMatchObject({ says: 'closed', reason });
  expect(asked).toHaveLength(1);
});

test('an answer that breaks off after a good status is one; before it, there is none', async () => {
  answer = (_, response) => {
    response.writeHead(200, { 'content-length': '100' });
    response.write('half');
    setTimeout(() => response.destroy(), 5);
  };
  expect(await webhook().send(queued(), lasting)).toEqual({ says: 'accepted' });
  answer = (_, response) => response.socket?.end('HTTP/1.1 20');
  expect(await webhook().send(queued(), lasting)).toMatchObject({ says: 'failed' });
  answer = (_, response) => response.socket?.resetAndDestroy();
  expect(await webhook().send(queued(), lasting)).toMatchObject({
    says: 'failed',
    reason: expect.stringContaining('the connection was closed before the answer') as string,
  });
});

test('an answer without end is read no further than needed', async () => {
  answer = (_, response) => {
    response.writeHead(500);
    const more = (): void => {
      if (!response.destroyed) response.write('x'.repeat(8_192), () => setImmediate(more));
    };
    more();
  };
  const reading = await webhook().send(queued(), AbortSignal.timeout(10_000));
  expect(reading).toMatchObject({ says: 'failed' });
  expect((reading as { reason: string }).reason.length).toBeLessThanOrEqual(160);
});

test('when the signal is aborted, that is the end, with its reason', async () => {
  const stop = new AbortController();
  answer = () => {
    stop.abort(new Error('stopped'));
  };
  await expect(webhook().send(queued(), stop.signal)).rejects.toThrow('stopped');
});

test('who does not listen is a failure with a reason, not an error', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as AddressInfo;
  await new Promise((resolve) => other.close(resolve));
  const address = new Secret(`http://127.0.0.1:${port}/hooks/topsecret1`);
  const closed = webhookChannel('w', { address, now: () => now });
  expect(await closed.send(queued(), lasting)).toMatchObject({
    says: 'failed',
    reason: expect.stringContaining('nobody listens there') as string,
  });
  const nowhere = webhookChannel('w', {
    address: new Secret('https://no-such-host.invalid/topsecret1'),
    now: () => now,
  });
  expect(await nowhere.send(queued(), AbortSignal.timeout(10_000))).toMatchObject({ says: 'failed' });
});
