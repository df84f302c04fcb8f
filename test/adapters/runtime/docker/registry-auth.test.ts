import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { registryAuth, registryOf } from '../../../../src/adapters/runtime/docker/registry-auth.js';

const hub = 'https://index.docker.io/v1/';
let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'streamlab-auth-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(dir, { recursive: true, force: true });
});
const config = (value: unknown): Promise<void> =>
  writeFile(join(dir, 'config.json'), typeof value === 'string' ? value : JSON.stringify(value));
const auth = (image: string) => registryAuth(image, { DOCKER_CONFIG: dir });
const base64 = (text: string): string => Buffer.from(text).toString('base64');

test.each([
  ['flink', hub],
  ['flink:2.2', hub],
  ['apache/kafka:4.3.1', hub],
  ['docker.io/apache/kafka', hub],
  ['index.docker.io/apache/kafka', hub],
  ['ghcr.io/a/b:1', 'ghcr.io'],
  ['localhost/a', 'localhost'],
  ['localhost:5000/a', 'localhost:5000'],
  ['registry:5000/a/b@sha256:ff', 'registry:5000'],
  ['10.0.0.1/a', '10.0.0.1'],
  ['name.with.dots', hub],
])('%s is of the registry %s', (image, registry) => {
  expect(registryOf(image)).toBe(registry);
});

describe('what docker login left', () => {
  test('is a name and a password, which may have colons', async () => {
    await config({
      auths: { 'ghcr.io': { auth: base64('me:pass:word') }, [hub]: { auth: base64('hub:p') } },
    });
    expect(await auth('ghcr.io/a/b')).toEqual({
      username: 'me',
      password: 'pass:word',
      serveraddress: 'ghcr.io',
    });
    expect(await auth('docker.io/apache/kafka')).toMatchObject({ username: 'hub', serveraddress: hub });
    expect(await auth('quay.io/x/y')).toBeUndefined();
  });

  test('is a token where there is one', async () => {
    await config({ auths: { 'x.azurecr.io': { auth: base64('0000:'), identitytoken: 'tok' } } });
    expect(await auth('x.azurecr.io/a')).toEqual({ identitytoken: 'tok', serveraddress: 'x.azurecr.io' });
  });

  test.each([
    '{ broken',
    '[]',
    '{}',
    { auths: { [hub]: {} } },
    { auths: { [hub]: { auth: base64('nocolon') } } },
  ])('is nothing where it cannot be read: %j', async (value) => {
    await config(value);
    expect(await auth('flink')).toBeUndefined();
  });

  test('is nothing where there is no file', async () => {
    expect(await auth('flink')).toBeUndefined();
  });
});

describe.skipIf(process.platform === 'win32')('a credential helper', () => {
  beforeEach(async () => {
    const helper = join(dir, 'docker-credential-fake');
    await writeFile(
      helper,
      `#!/bin/sh
read -r server
case "$server" in
  ghcr.io) echo '{"ServerURL":"ghcr.io","Username":"helped","Secret":"s"}' ;;
  token.io) echo '{"ServerURL":"token.io","Username":"<token>","Secret":"t"}' ;;
  odd.io) echo 'not JSON' ;;
  *) echo 'credentials not found in native keychain'; exit 1 ;;
esac
`,
    );
    await chmod(helper, 0o755);
    vi.stubEnv('PATH', `${dir}${delimiter}${process.env.PATH ?? ''}`);
  });

  test('answers for its registry, before what the file says', async () => {
    await config({
      credHelpers: { 'ghcr.io': 'fake' },
      auths: { 'ghcr.io': { auth: base64('a:b') }, 'x.io': { auth: base64('c:d') } },
    });
    expect(await auth('ghcr.io/a/b')).toEqual({
      username: 'helped',
      password: 's',
      serveraddress: 'ghcr.io',
    });
    expect(await auth('x.io/a')).toMatchObject({ username: 'c' });
  });

  test('answers for all registries as the store, with a name or a token', async () => {
    await config({ credsStore: 'fake', auths: { 'ghcr.io': {} } });
    expect(await auth('ghcr.io/a/b')).toMatchObject({ username: 'helped' });
    expect(await auth('token.io/a')).toEqual({ identitytoken: 't', serveraddress: 'token.io' });
  });

  test.each(['other.io/a', 'odd.io/a', 'flink'])(
    'that knows nothing leaves the pull to go without: %s',
    async (image) => {
      await config({ credsStore: 'fake' });
      expect(await auth(image)).toBeUndefined();
    },
  );

  test('that is not installed leaves the pull to go without', async () => {
    await config({ credsStore: 'not-installed' });
    expect(await auth('ghcr.io/a')).toBeUndefined();
  });
});
