import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { engineAddress } from '../../../../src/adapters/runtime/docker/engine-address.js';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'streamlab-engine-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

async function put(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(dir, path)), { recursive: true });
  await writeFile(join(dir, path), text);
}
const address = (env: Record<string, string> = {}) => engineAddress({ DOCKER_CONFIG: dir, ...env });
const folderOf = (context: string): string => createHash('sha256').update(context).digest('hex');
async function putContext(name: string, docker: unknown): Promise<void> {
  await put(
    `contexts/meta/${folderOf(name)}/meta.json`,
    JSON.stringify({ Name: name, Endpoints: { docker } }),
  );
}
const invalid = (message: string) => ({
  code: 'INVALID_CONFIG',
  exitCode: 2,
  message: expect.stringContaining(message) as string,
});

describe('DOCKER_HOST', () => {
  test.each([
    ['unix:///run/user/1000/docker.sock', { socketPath: '/run/user/1000/docker.sock' }],
    ['npipe:////./pipe/docker_engine', { socketPath: '//./pipe/docker_engine' }],
    ['tcp://10.0.0.5:2375', { host: '10.0.0.5', port: 2375 }],
    ['tcp://10.0.0.5', { host: '10.0.0.5', port: 2375 }],
    ['tcp://[::1]:2375', { host: '::1', port: 2375 }],
    ['tcp://[fd00::5]', { host: 'fd00::5', port: 2375 }],
    ['tcp://box:80', { host: 'box', port: 80 }],
    ['http://box:80', { host: 'box', port: 80 }],
    ['http://box:2375/', { host: 'box', port: 2375 }],
    ['https://box:443', { host: 'box', port: 443, tls: { rejectUnauthorized: true } }],
    ['https://box', { host: 'box', port: 2376, tls: { rejectUnauthorized: true } }],
  ])('%s', async (text, parts) => {
    expect(await address({ DOCKER_HOST: text })).toEqual({ text, source: 'DOCKER_HOST', ...parts });
  });

  test.each([
    'garbage',
    '/var/run/docker.sock',
    'localhost:2375',
    'tcp://',
    'unix://',
    'fd://',
    'ftp://box',
    'tcp://box:port',
  ])('that is none is an error: %s', async (text) => {
    await expect(address({ DOCKER_HOST: text })).rejects.toMatchObject({
      ...invalid(`DOCKER_HOST: streamlab cannot use the engine address ${text}.`),
      suggestions: ['It is unix:///path/to/docker.sock or tcp://host:port.'],
    });
  });

  test('over ssh is an error that says how to go on', async () => {
    await expect(address({ DOCKER_HOST: 'ssh://me@box' })).rejects.toMatchObject({
      ...invalid('cannot use the engine address ssh://me@box'),
      suggestions: [expect.stringContaining('ssh -L') as string],
    });
  });

  test('with certificates is verified only if DOCKER_TLS_VERIFY says so', async () => {
    for (const name of ['ca', 'cert', 'key']) await put(`certs/${name}.pem`, name);
    const env = { DOCKER_HOST: 'tcp://box:2376', DOCKER_CERT_PATH: join(dir, 'certs') };
    const files = { ca: 'ca', cert: 'cert', key: 'key' };
    expect((await address(env)).tls).toEqual({ ...files, rejectUnauthorized: false });
    expect((await address({ ...env, DOCKER_TLS_VERIFY: '1' })).tls).toEqual({
      ...files,
      rejectUnauthorized: true,
    });
    expect((await address({ ...env, DOCKER_TLS_VERIFY: '' })).tls).toEqual({
      ...files,
      rejectUnauthorized: false,
    });
  });

  test('with TLS takes certificates from the folder of Docker’s settings', async () => {
    await put('ca.pem', 'authority');
    const { tls } = await address({ DOCKER_HOST: 'tcp://box:2376', DOCKER_TLS_VERIFY: '1' });
    expect(tls).toEqual({ ca: 'authority', rejectUnauthorized: true });
  });

  test('with TLS but without certificates, or with one that cannot be read, is an error naming the place', async () => {
    const env = {
      DOCKER_HOST: 'tcp://box:2376',
      DOCKER_TLS_VERIFY: '1',
      DOCKER_CERT_PATH: join(dir, 'none'),
    };
    await expect(address(env)).rejects.toMatchObject(
      invalid(`DOCKER_CERT_PATH: there are no ca.pem, cert.pem and key.pem in ${join(dir, 'none')}.`),
    );
    await mkdir(join(dir, 'none', 'key.pem'), { recursive: true });
    await expect(address(env)).rejects.toMatchObject(invalid(`cannot read ${join(dir, 'none', 'key.pem')}`));
  });

  test('wins over a context, and over certificates where it is a socket', async () => {
    const env = { DOCKER_HOST: 'unix:///s', DOCKER_CONTEXT: 'other', DOCKER_TLS_VERIFY: '1' };
    expect(await address(env)).toEqual({ text: 'unix:///s', source: 'DOCKER_HOST', socketPath: '/s' });
  });
});

describe('a Docker context', () => {
  test('is the one of DOCKER_CONTEXT, else the one that is in use', async () => {
    await putContext('colima', { Host: 'unix:///colima.sock' });
    await putContext('far', { Host: 'tcp://far:2375' });
    await put('config.json', JSON.stringify({ currentContext: 'colima', auths: {} }));
    expect(await address()).toEqual({
      text: 'unix:///colima.sock',
      source: 'the Docker context "colima"',
      socketPath: '/colima.sock',
    });
    expect(await address({ DOCKER_CONTEXT: 'far' })).toMatchObject({ host: 'far', port: 2375 });
    expect(await address({ DOCKER_CONTEXT: '' })).toMatchObject({ socketPath: '/colima.sock' });
    expect(await address({ DOCKER_CONTEXT: 'default' })).toMatchObject({ source: 'the default' });
  });

  test.each([
    '{"currentContext":""}',
    '{"currentContext":"default"}',
    '{}',
    '{ broken',
    '[]',
    '{"currentContext":7}',
    '',
  ])('is none where the settings name none, or are broken: %s', async (text) => {
    await put('config.json', text);
    expect(await address()).toMatchObject({ source: 'the default' });
  });

  test('brings its certificates', async () => {
    await putContext('far', { Host: 'tcp://far:2376', SkipTLSVerify: false });
    for (const name of ['ca', 'cert', 'key'])
      await put(`contexts/tls/${folderOf('far')}/docker/${name}.pem`, name);
    expect((await address({ DOCKER_CONTEXT: 'far' })).tls).toEqual({
      ca: 'ca',
      cert: 'cert',
      key: 'key',
      rejectUnauthorized: true,
    });
    await putContext('far', { Host: 'tcp://far:2376', SkipTLSVerify: true });
    expect((await address({ DOCKER_CONTEXT: 'far' })).tls).toMatchObject({ rejectUnauthorized: false });
  });

  test('that is not there, is broken or leads elsewhere is an error naming it', async () => {
    await expect(address({ DOCKER_CONTEXT: 'gone' })).rejects.toMatchObject({
      ...invalid('the Docker context "gone" cannot be read'),
      suggestions: ['See the contexts with: docker context ls'],
    });
    await putContext('odd', {});
    await expect(address({ DOCKER_CONTEXT: 'odd' })).rejects.toMatchObject(invalid('"odd" cannot be read'));
    await putContext('ssh', { Host: 'ssh://box' });
    await expect(address({ DOCKER_CONTEXT: 'ssh' })).rejects.toMatchObject(
      invalid('the Docker context "ssh": streamlab cannot use the engine address ssh://box.'),
    );
  });
});

describe.skipIf(process.platform === 'win32')('without anything set', () => {
  const hasDefault = existsSync('/var/run/docker.sock');

  test('it is the default socket, whether or not there is one', async () => {
    expect(await address()).toMatchObject({
      text: expect.stringMatching(/^unix:\/\/\/.*docker\.sock$/) as string,
      source: 'the default',
    });
  });

  test.skipIf(hasDefault)('it is the one of a rootless engine where there is no other', async () => {
    await put('docker.sock', '');
    expect(await address({ XDG_RUNTIME_DIR: dir })).toEqual({
      text: `unix://${join(dir, 'docker.sock')}`,
      source: 'the default',
      socketPath: join(dir, 'docker.sock'),
    });
  });
});
