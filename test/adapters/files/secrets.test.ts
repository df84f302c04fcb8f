import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readSecret } from '../../../src/adapters/files/secrets.js';

let file: string;
let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'streamlab-secret-'));
  file = join(dir, 'secret');
});
afterEach(() => rm(dir, { recursive: true, force: true }));
const invalid = (message: string) => ({
  code: 'INVALID_CONFIG',
  message: expect.stringContaining(message) as string,
});

test('a secret is in its variable', async () => {
  expect(await readSecret('X', { STREAMLAB_X: ' s\n' })).toBe(' s\n');
  expect(await readSecret('X', { STREAMLAB_X: 's', STREAMLAB_X_FILE: '' })).toBe('s');
});

test.each([{}, { STREAMLAB_X: '' }, { STREAMLAB_X_FILE: '' }, { X: 's' }])(
  'nothing set is no secret: %j',
  async (env) => {
    expect(await readSecret('X', env)).toBeUndefined();
  },
);

test.each([
  ['s', 's'],
  ['s\n', 's'],
  ['s\r\n', 's'],
  ['s\n\n', 's\n'],
  [' s ', ' s '],
])(
  'a secret is in the file that a variable names, without the line break at its end: %j',
  async (text, secret) => {
    await writeFile(file, text);
    expect(await readSecret('X', { STREAMLAB_X_FILE: file, STREAMLAB_X: '' })).toBe(secret);
  },
);

test('both set, a file that is not there and an empty one are errors that name the variable and never the secret', async () => {
  const both = readSecret('X', { STREAMLAB_X: 'hidden', STREAMLAB_X_FILE: file });
  await expect(both).rejects.toMatchObject(invalid('STREAMLAB_X and STREAMLAB_X_FILE are both set.'));
  await expect(both).rejects.not.toMatchObject(invalid('hidden'));
  const env = { STREAMLAB_X_FILE: file };
  await expect(readSecret('X', env)).rejects.toMatchObject(
    invalid(`STREAMLAB_X_FILE: cannot read ${file}: ENOENT`),
  );
  await writeFile(file, '\n');
  await expect(readSecret('X', env)).rejects.toMatchObject(invalid(`STREAMLAB_X_FILE: ${file} is empty.`));
  await expect(readSecret('X', { STREAMLAB_X_FILE: dir })).rejects.toMatchObject(invalid('cannot read'));
});
