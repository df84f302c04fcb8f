import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readStack, type StackRequest } from '../../../../src/adapters/runtime/docker/compose-reader.js';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'streamlab-compose-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

async function read(text: string, options: Partial<StackRequest> = {}, folder = dir) {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'compose.yaml'), text);
  return readStack({
    path: join(folder, 'compose.yaml'),
    name: 'compose.yaml',
    lab: 'x',
    variables: {},
    without: [],
    provided: new Map(),
    ...options,
  });
}
const a = (keys: string): string => `services:\n  a:\n    image: x\n${keys}`;

test('a mounted folder is its files, at any depth, and a mounted file is itself', async () => {
  await mkdir(join(dir, 'conf', 'sub'), { recursive: true });
  await writeFile(join(dir, 'conf', 'sub', 'b.txt'), 'b');
  await writeFile(join(dir, 'conf', 'a.txt'), 'a');
  await writeFile(join(dir, 'one.xml'), 'one');
  const { services } = await read(a('    volumes: [./conf:/etc/conf, ./one.xml:/etc/other.xml:ro]\n'));
  expect(services[0]?.files.map(({ path }) => path)).toEqual([
    '/etc/conf/a.txt',
    '/etc/conf/sub/b.txt',
    '/etc/other.xml',
  ]);
  // printf a | sha256sum
  expect(services[0]?.files[0]).toMatchObject({
    source: join(dir, 'conf', 'a.txt'),
    sha256: 'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb',
  });
});

test('a folder whose contents are elsewhere need not be there', async () => {
  const provided = new Map([['./lib', [{ source: '/cache/connector.jar', sha256: 'ff' }]]]);
  const { services } = await read(a('    volumes: [./lib:/opt/lib:ro]\n'), { provided });
  expect(services[0]?.files).toEqual([
    { source: '/cache/connector.jar', sha256: 'ff', path: '/opt/lib/connector.jar' },
  ]);
});

test('the fingerprint is the same for another order of keys and another place, another for other contents', async () => {
  const hashOf = async (text: string, folder: string, contents: string) => {
    await mkdir(join(dir, folder), { recursive: true });
    await writeFile(join(dir, folder, 'f.txt'), contents);
    return (await read(text, {}, join(dir, folder))).services[0]?.hash;
  };
  const one = a('    environment: { A: 1, B: 2 }\n    volumes: [./f.txt:/f]\n');
  const other = a('    volumes: [./f.txt:/f]\n    environment: { B: 2, A: 1 }\n');
  const hash = await hashOf(one, 'first', 'same');
  expect(hash).toMatch(/^[\da-f]{64}$/);
  expect(await hashOf(other, 'second', 'same')).toBe(hash);
  expect(await hashOf(one, 'third', 'different')).not.toBe(hash);
});

test.each([
  ['services:\n  a: [', /^compose\.yaml line \d+: /],
  ['services:\n  a: { image: x }\n  a: { image: y }\n', /^compose\.yaml line 3: Map keys must be unique/],
  ['services: *nobody\n', /^compose\.yaml.*nobody/],
  ['a: 1\n---\nb: 2\n', /^compose\.yaml line \d+: .*multiple documents/],
  ['', /^compose\.yaml must hold a mapping/],
  [a('    volumes: [./gone:/x]\n'), /^compose\.yaml, services\.a\.volumes: cannot read .*gone: ENOENT/],
])('a file that cannot be read says where: %j', async (text, message) => {
  await expect(read(text)).rejects.toMatchObject({
    code: 'INVALID_FILE',
    message: expect.stringMatching(message) as string,
  });
});

test('a file that is not there is an error, not a stack without services', async () => {
  await expect(read('', { path: join(dir, 'none.yaml') })).rejects.toMatchObject({ code: 'INVALID_FILE' });
});
