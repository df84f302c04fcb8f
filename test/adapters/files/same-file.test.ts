import { link, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { refuseSameFile } from '../../../src/adapters/files/same-file.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'same-'));
  await writeFile(join(folder, 'a'), '');
  await symlink(join(folder, 'a'), join(folder, 'soft'));
  await symlink(folder, join(folder, 'folder'));
  await link(join(folder, 'a'), join(folder, 'hard'));
});
afterAll(() => rm(folder, { recursive: true }));

const check = (from: string, to: string): Promise<void> =>
  refuseSameFile([
    { flag: '--from', path: from },
    { flag: '--to', path: to },
    { flag: '--manifest', path: undefined },
  ]);

it.each(['a', './a', 'soft', 'folder/a', 'hard'])('%s is the same file', async (name) => {
  await expect(check(join(folder, 'a'), `${folder}/${name}`)).rejects.toMatchObject({
    code: 'INVALID_USAGE',
    message: expect.stringMatching(/--from and --to name the same file/) as string,
  });
});

it('a file that is not there yet is known by its folder', async () => {
  await expect(check(join(folder, 'new'), join(folder, 'folder', 'new'))).rejects.toThrow('the same file');
  await expect(check(join(folder, 'new'), join(folder, 'a'))).resolves.toBeUndefined();
});

it('stdin and stdout, and devices, are no files', async () => {
  await expect(check('-', '-')).resolves.toBeUndefined();
  await expect(check('/dev/null', '/dev/null')).resolves.toBeUndefined();
});
