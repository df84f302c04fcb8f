import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { afterAll, afterEach, expect, test } from 'vitest';
import { DiscordServer, token } from '../adapters/notify/support/discord-server.js';
import { TestHome, type CliResult } from './support/cli.js';

/** The commands of alerts that need no lab, as a user runs them. */
const home = new TestHome();
const scratch = join(home.stateHome, 'scratch');
mkdirSync(scratch);
let server: DiscordServer | undefined;
const seen: string[] = [];
afterEach(async () => {
  await server?.stop();
  server = undefined;
});
afterAll(() => home.end());

const file = (name: string, text: string): string => {
  const path = join(scratch, name);
  writeFileSync(path, text);
  return path;
};
/** Runs it, and keeps all that it said. */
async function cli(
  args: readonly string[],
  env: Record<string, string> = {},
  more: { input?: string; cwd?: string } = {},
): Promise<CliResult> {
  const result = await execa(process.execPath, [resolve('bin/run.js'), ...args], {
    env: { ...home.env, ...env },
    reject: false,
    ...(more.input === undefined ? { stdin: 'ignore' } : { input: more.input }),
    ...(more.cwd === undefined ? {} : { cwd: more.cwd }),
  });
  seen.push(result.stdout, result.stderr);
  return { exitCode: result.exitCode ?? -1, stdout: result.stdout, stderr: result.stderr };
}
const discord = (address: string) => ({ STREAMLAB_DISCORD_WEBHOOK_URL: address });

/** An address where nobody listens. */
async function deadAddress(): Promise<string> {
  const listener = createServer();
  await new Promise<void>((done) => listener.listen(0, '127.0.0.1', done));
  const { port } = listener.address() as AddressInfo;
  await new Promise((done) => listener.close(done));
  return `http://127.0.0.1:${String(port)}/api/webhooks/1/${token}`;
}

test('a wrong file of rules is named with its line, and the exit code is 2', async () => {
  const path = file('wrong.yaml', 'rules:\n  - name: a\n    kind: dlq_rate\n    abvoe: 5%\n');
  const text = await cli(['alerts', 'rules', '--rules', path]);
  expect(text).toMatchObject({ exitCode: 2, stdout: '' });
  expect(text.stderr).toContain(`${path}:4: rule "a": "abvoe" is no key`);
  const json = await cli(['alerts', 'test', '--json'], { STREAMLAB_ALERT_RULES: path });
  expect(json.exitCode).toBe(2);
  expect(JSON.parse(json.stdout)).toMatchObject({ error: { code: 'INVALID_FILE' } });
});

test('rules and routes are listed, in text and as one JSON value', async () => {
  const path = file(
    'mine.yaml',
    'rules:\n  - { name: drop, kind: revenue_anomaly, replaces: [flink-x], enabled: false }\nroutes:\n  - { channels: [discord], resolved: false }\n',
  );
  const text = await cli(['alerts', 'rules', '--rules', path]);
  expect(text.stdout).toMatch(/^drop +revenue_anomaly +warning +revenue a minute .* +no +flink-x/m);
  expect(text.stdout).toContain('Route 1: every alert, not when it is over → discord');
  const json = await cli(['alerts', 'rules', '--json'], { STREAMLAB_ALERT_RULES: path });
  expect(JSON.parse(json.stdout)).toMatchObject({
    rules: [{ name: 'drop', enabled: false, replaces: ['flink-x'] }],
    routes: [{ channels: ['discord'], resolved: false }],
  });
});

test('a sample arrives at Discord, by a variable or from stdin, with another id each time', async () => {
  server = await DiscordServer.start({ now: Date.now });
  const first = await cli(['alerts', 'test', '--rule', 'revenue-drop'], discord(server.address));
  expect(first.exitCode).toBe(0);
  expect(first.stdout).toContain('discord: delivered');
  expect(first.stdout).toMatch(/CRITICAL revenue-drop: This is a test, nothing is wrong\./);
  const args = ['alerts', 'test', '--discord-url-stdin', '--channel', 'discord', '--json'];
  const second = await cli(args, discord(await deadAddress()), { input: `${server.address}\n` });
  expect(second.exitCode).toBe(0);
  const { id, results, untested } = JSON.parse(second.stdout) as Record<string, unknown>;
  expect(results).toEqual([{ channel: 'discord', delivered: true, reason: null, next: null }]);
  expect(untested).toEqual(['console']);
  expect(server.acknowledged).toHaveLength(2);
  expect(server.acknowledged[1]).toBe(id);
  expect(server.acknowledged[0]).not.toBe(id);
  expect(server.problems).toEqual([]);
});

test.each([
  [401, { message: 'Invalid Webhook Token', code: 50_027 }, /HTTP 401: Invalid Webhook Token/],
  [404, { message: 'Unknown Webhook', code: 10_015 }, /HTTP 404: Unknown Webhook.*make a new one/],
])(
  'a webhook that is wrong (%i) is said, with what to do next, and the exit code is 1',
  async (status, body, sentence) => {
    server = await DiscordServer.start({ now: Date.now, gone: { status, body } });
    const result = await cli(['alerts', 'test'], discord(server.address));
    expect(result.exitCode).toBe(1);
    expect(result.stdout).toMatch(/^console: delivered$/m);
    expect(result.stdout).toMatch(sentence);
  },
);

test('a host that is not reached is said, and the exit code is 1', async () => {
  const result = await cli(['alerts', 'test', '--json'], discord(await deadAddress()));
  expect(result.exitCode).toBe(1);
  expect(JSON.parse(result.stdout)).toMatchObject({
    results: [
      {
        channel: 'discord',
        delivered: false,
        reason: expect.stringContaining('nobody listens there') as string,
      },
      { channel: 'console', delivered: true },
    ],
  });
});

test.each([
  [['--channel', 'slack'], /--channel slack: the channel is not set up\.\n.*STREAMLAB_SLACK_WEBHOOK_URL/],
  [['--channel', 'salck'], /did you mean "slack"/],
  [['--rule', 'revenue-dorp'], /Did you mean revenue-drop\?/],
  [['--discord-url-stdin'], /stdin is empty/],
  [['--discord-url-stdin', '--slack-url-stdin'], /--slack-url-stdin/],
])('what cannot be meant is exit code 2: alerts test %j', async (args, sentence) => {
  const result = await cli(['alerts', 'test', ...args]);
  expect(result.stderr).toMatch(sentence);
  expect(result).toMatchObject({ exitCode: 2, stdout: '' });
});

test('an address that is none is named by its flag or variable', async () => {
  const piped = await cli(['alerts', 'test', '--slack-url-stdin'], {}, { input: `ftp://x/${token}` });
  expect(piped.stderr).toContain('--slack-url-stdin: the address is not https');
  expect(piped.exitCode).toBe(2);
  const variable = await cli(['alerts', 'test'], discord(`nothing ${token}`));
  expect(variable.stderr).toContain('STREAMLAB_DISCORD_WEBHOOK_URL: this is no address');
});

test('silences are set, listed and ended without a lab; commands at once lose none', async () => {
  const rules = ['dead-letter-spike', 'no-traffic', 'flink-revenue-band'];
  const set = await Promise.all(
    rules.map((rule) => cli(['alerts', 'silence', rule, '--for', '1h', '--comment', 'why', '--json'])),
  );
  for (const { exitCode, stdout } of set) {
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ silence: { comment: 'why' }, replaced: null });
  }
  const list = async () => {
    const { stdout } = await cli(['alerts', 'silence', '--list', '--json']);
    return (JSON.parse(stdout) as { silences: { rule: string }[] }).silences.map(({ rule }) => rule).sort();
  };
  expect(await list()).toEqual([...rules].sort());
  expect((await cli(['alerts', 'silence', 'no-traffic', '--end'])).exitCode).toBe(0);
  expect((await cli(['alerts', 'silence', 'no-traffic', '--end'])).exitCode).toBe(1);
  expect(await list()).toEqual(['dead-letter-spike', 'flink-revenue-band']);
});

test('a silence of a rule that there is not is refused, but with --force', async () => {
  const refused = await cli(['alerts', 'silence', 'no-trafic', '--for', '1h']);
  expect(refused).toMatchObject({ exitCode: 2, stdout: '' });
  expect(refused.stderr).toContain('Did you mean no-traffic?');
  expect((await cli(['alerts', 'silence', 'no-trafic', '--for', '1h', '--force'])).exitCode).toBe(0);
});

test('init writes what the other commands then use, and keeps what is there', async () => {
  const first = await cli(['init', 'mine', '--json'], {}, { cwd: scratch });
  const cwd = join(scratch, 'mine');
  expect(JSON.parse(first.stdout)).toMatchObject({
    dir: cwd,
    files: [{ what: 'written' }, { what: 'written' }],
  });
  const rules = join(cwd, 'alert-rules.yaml');
  writeFileSync(rules, `${readFileSync(rules, 'utf8')}\nroutes:\n  - channels: [console]\n`);
  const listed = await cli(['alerts', 'rules'], {}, { cwd });
  expect(listed.stdout).toContain('Route 1: every alert → console');
  expect((await cli(['init'], {}, { cwd })).stdout).toMatch(
    /^kept .*streamlab\.yaml\nkept .*alert-rules\.yaml$/,
  );
  expect((await cli(['alerts', 'rules'], {}, { cwd })).stdout).toBe(listed.stdout);
  await cli(['init', '--force'], {}, { cwd });
  expect((await cli(['alerts', 'rules'], {}, { cwd })).stdout).toContain('No routes');
});

test.each([
  [['--since', '6h'], 2, /only ever shows .*\n.*add --dry-run/],
  [['--dry-run'], 2, /Missing required flag since/],
  [['--since', 'noon', '--dry-run'], 2, /--since "noon": give a time/],
  [['--since', '1h', '--until', '2h', '--dry-run'], 2, /--until "2h": that is not after --since/],
  [['--since', '1h', '--dry-run', '--rules', 'none.yaml'], 2, /none\.yaml/],
  [['--since', '1h', '--dry-run'], 3, /not running/],
])('a replay that cannot be is refused: alerts replay %j', async (args, exitCode, sentence) => {
  const result = await cli(['alerts', 'replay', ...args]);
  expect(result.stderr).toMatch(sentence);
  expect(result).toMatchObject({ exitCode, stdout: '' });
});

test('no output of all these has the secret', () => {
  expect(seen.length).toBeGreaterThan(40);
  const all = seen.join('\n').toLowerCase();
  expect(all).toContain('discord: delivered');
  expect(all).not.toContain(token.toLowerCase());
  expect(all).not.toContain(token.slice(0, 11).toLowerCase());
});
