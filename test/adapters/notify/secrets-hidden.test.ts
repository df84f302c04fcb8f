import { createServer, type Server, type ServerResponse } from 'node:http';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { inspect } from 'node:util';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openOutbox } from '../../../src/adapters/files/outbox.js';
import { secretFromStdin } from '../../../src/adapters/files/secrets.js';
import { discordAddress, slackAddress, webhookAddress } from '../../../src/domain/notify/address.js';
import { Secret } from '../../../src/domain/notify/secret.js';
import type { DeliveryNews } from '../../../src/domain/notify/delivery-news.js';
import { Delivery } from '../../../src/services/deliver.js';
import { notifyChannels } from '../../../src/wiring/notify.js';
import { notifications } from './support/notifications.js';

// Each in a part of an address, or as a key; with characters that are written in more than one way.
const token = 'to%20ken-SECRET-0123456789';
const written = ['to%20ken-SECRET', 'to ken-SECRET', 'to%2520ken', 'ken-SECRET', '0123456789'];
const signingKey = 'sign-SECRET-key';
const secrets = [...written, signingKey, 'SECRET-'];

/** All that anybody could print of a value: as text, JSON, inspected with all that is hidden, and so its causes. */
function everyForm(value: unknown): string {
  const parts = [
    String(value),
    JSON.stringify(value),
    inspect(value, { depth: 20, showHidden: true, getters: true }),
  ];
  if (value instanceof Error) {
    parts.push(value.message, value.stack ?? '', JSON.stringify(value, Object.getOwnPropertyNames(value)));
    parts.push(everyForm(value.cause));
  }
  return parts.join('\n');
}

function expectHidden(text: string): void {
  const lower = text.toLowerCase();
  for (const secret of secrets) expect(lower).not.toContain(secret.toLowerCase());
}

let server: Server;
let origin: string;
let answer: (response: ServerResponse, url: string) => void;
let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'streamlab-hidden-'));
  server = createServer((request, response) => {
    request.resume().on('end', () => {
      answer(response, request.url ?? '');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  vi.restoreAllMocks();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(dir, { recursive: true, force: true });
});

test('a secret is hidden in every form, and still there for who asks', () => {
  const secret = new Secret(token);
  expectHidden(everyForm(secret));
  expectHidden(everyForm({ deep: [{ secret }], text: `a ${String(secret)}`, joined: ['a', secret].join() }));
  expect(secret.reveal()).toBe(token);
});

const sources = [
  ['discord', discordAddress],
  ['slack', slackAddress],
  ['webhook', webhookAddress],
] as const;
const wrong: [string, string][] = [
  ['nothing', ' '],
  ['no address', `hooks/${token}`],
  ['a broken one', `https://exa mple.com/${token}`],
  ['a port that is none', `https://example.com:99999/${token}`],
  ['http', `http://example.com/${token}`],
  ['http, to a host that only begins like this one', `http://localhost.example.com/${token}`],
  ['another scheme', `ftp://localhost/${token}`],
  ['a file', `file:///${token}`],
  ['a user', `https://${token}@example.com/`],
  ['a password', `https://u:${token}@example.com/`],
];
for (const [name, read] of sources) {
  test.each(wrong)(`a ${name} address is refused without being shown: %s`, (_, address) => {
    let thrown: unknown;
    try {
      read('STREAMLAB_X', address);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({
      code: 'INVALID_CONFIG',
      message: expect.stringMatching(/^STREAMLAB_X: /) as string,
      suggestions: [expect.any(String) as string],
    });
    expectHidden(everyForm(thrown));
  });
}

test.each([
  'https://example.com/hooks/x',
  ' https://example.com/hooks/x\n',
  'http://localhost:8080/x',
  'http://127.0.0.1/x',
  'http://[::1]:1234/x',
  'https://discord.com/api/webhooks/1/a-_B',
  'https://ptb.discord.com/api/v10/webhooks/1/a-_B?thread_id=3',
  'https://hooks.slack.com/services/T/B/x',
])('an address that is right: %s', (given) => {
  for (const [, read] of sources) expect(read('X', given).reveal()).toBe(given.trim());
});

test.each([
  [discordAddress, 'https://discord.com/channels/1/2'],
  [discordAddress, 'https://discord.com/api/webhooks/1'],
  [discordAddress, 'https://discord.com/api/webhooks/1/t/slack'],
  [slackAddress, 'https://app.slack.com/client/T/C'],
])('another page of theirs is no webhook: %o %s', (read, given) => {
  expect(() => read('STREAMLAB_X', given)).toThrow(
    /^STREAMLAB_X: this is not the address of a \w+ webhook\.$/,
  );
});

const json = (response: ServerResponse, status: number, body: object): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};
const answers: [string, (response: ServerResponse, url: string) => void][] = [
  ['404 with the address', (response, url) => response.writeHead(404).end(`Cannot POST ${url}`)],
  [
    '404 with the address, decoded',
    (response, url) => response.writeHead(404).end(`Cannot POST ${decodeURIComponent(url)}`),
  ],
  [
    '401 with the token, as Discord says it',
    (response) => {
      json(response, 401, { message: `bad token ${token}`, code: 1 });
    },
  ],
  ['403 with the token as a word', (response) => response.writeHead(403).end(`token_${token}`)],
  ['400 with the whole address', (response, url) => response.writeHead(400).end(`${origin}${url}`)],
  ['500 with the address', (response, url) => response.writeHead(500).end(`at ${url}`)],
  [
    'a redirect elsewhere with the address',
    (response, url) => response.writeHead(302, { location: `https://example.com${url}` }).end(),
  ],
  ['404 with the address in capitals', (response, url) => response.writeHead(404).end(url.toUpperCase())],
  ['404 with the address, encoded', (response, url) => response.writeHead(404).end(encodeURIComponent(url))],
  ['a reset', (response) => response.socket?.resetAndDestroy()],
  ['half a head', (response) => response.socket?.end('HTTP/1.1 4')],
  ['no answer', () => undefined],
];

test.each(answers)('nothing that is said, thrown or written shows a secret: %s', async (name, give) => {
  answer = give;
  const printed: string[] = [];
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((chunk) => {
      printed.push(String(chunk));
      return true;
    });
  }
  const keyFile = join(dir, 'key');
  await writeFile(keyFile, `${signingKey}\n`);
  const channels = await notifyChannels((line) => printed.push(line), {
    STREAMLAB_DISCORD_WEBHOOK_URL: `${origin}/api/webhooks/1/${token}`,
    STREAMLAB_SLACK_WEBHOOK_URL: `${origin}/services/T/B/${token}`,
    STREAMLAB_WEBHOOK_URL: `${origin}/hooks?key=${token}`,
    STREAMLAB_WEBHOOK_SIGNING_KEY_FILE: keyFile,
  });
  const outbox = await openOutbox(join(dir, 'outbox'));
  const events: DeliveryNews[] = [];
  const end = new AbortController();
  const delivery = new Delivery({
    channels,
    routes: [],
    outbox,
    clock: {
      now: Date.now,
      // Once each is enough: whoever waits does so until the end.
      sleep: (_, signal) =>
        new Promise((resolve) => {
          signal.addEventListener(
            'abort',
            () => {
              resolve();
            },
            { once: true },
          );
        }),
    },
    random: () => 0.9,
    onEvent: (event) => events.push(event),
    timeoutMs: 400,
  });
  const running = delivery.run(end.signal);
  for (const one of notifications(1)) await delivery.accept(one);
  const outcomes = () => events.filter(({ type }) => type !== 'delivered');
  await expect.poll(() => new Set(outcomes().map(({ channel }) => channel)).size, { timeout: 5_000 }).toBe(3);
  end.abort(new Error('stopped'));
  await running;
  await outbox.close();
  vi.restoreAllMocks();
  expect(printed).toHaveLength(1);
  const all = [
    everyForm(events),
    everyForm(delivery.channelStates()),
    everyForm(channels),
    everyForm(delivery),
    ...printed,
  ];
  expectHidden(all.join('\n'));
  expectHidden(await readFile(join(dir, 'outbox'), 'utf8'));
  // And still the reader learns what it was.
  for (const event of outcomes()) {
    expect('reason' in event && event.reason, name).toMatch(
      /HTTP \d{3}|connection|answer|SocketError|other side|host/,
    );
  }
});

test('a secret that is piped in is one; a terminal, nothing and far too much are refused', async () => {
  const piped = await secretFromStdin(Readable.from(['https://example.com/', `${token}\n`]));
  expect(piped.reveal()).toBe(`https://example.com/${token}`);
  const terminal = Object.assign(Readable.from([]), { isTTY: true });
  for (const [stdin, why] of [
    [terminal, 'stdin is the terminal'],
    [Readable.from(['\n']), 'stdin is empty'],
    [Readable.from([token.repeat(5_000)]), 'too long'],
  ] as const) {
    const thrown: unknown = await secretFromStdin(stdin).catch((error: unknown) => error);
    expect(thrown).toMatchObject({ code: 'INVALID_USAGE', message: expect.stringContaining(why) as string });
    expectHidden(everyForm(thrown));
  }
});
