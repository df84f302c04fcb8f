import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { ensureArtifacts } from '../../../../src/adapters/runtime/artifacts/artifacts.js';
import { ask, folder, jar, repository, serve } from './support/repository.js';

/** A file system of a million bytes; skips where it cannot be mounted. */
function smallDisk(skip: (reason: string) => void): string {
  const path = folder();
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1000k', 'tmpfs', path], { stdio: 'pipe' });
    onTestFinished(() => void execFileSync('umount', ['-l', path]));
  } catch (error) {
    skip(`cannot mount a small file system: ${String(error)}`);
  }
  return path;
}

test('too little disk is said before anything is fetched', async ({ skip }) => {
  const cacheDir = smallDisk(skip);
  const server = await repository();
  const request = ask([jar('huge', 5_000_000)], server.url, { cacheDir });
  await expect(ensureArtifacts(request)).rejects.toMatchObject({
    code: 'DISK_FULL',
    message: expect.stringMatching(new RegExp(`${cacheDir}.* has 1\\.0 MB free.* need 5\\.0 MB`)) as string,
  });
  expect(server.requests).toHaveLength(0);
});

test('a disk that fills up in the middle is said as such', async ({ skip }) => {
  const cacheDir = smallDisk(skip);
  const server = await repository((request, response, content) => {
    writeFileSync(join(cacheDir, 'other'), randomBytes(500_000));
    serve(request, response, content);
  });
  const request = ask([jar('large', 800_000)], server.url, { cacheDir });
  await expect(ensureArtifacts(request)).rejects.toMatchObject({
    code: 'DISK_FULL',
    message: expect.stringContaining(cacheDir) as string,
  });
});
