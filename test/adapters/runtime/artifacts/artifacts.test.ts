import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  artifactFolder,
  jarPath,
  jarState,
  partPath,
} from '../../../../src/adapters/runtime/artifacts/artifact-cache.js';
import {
  ensureArtifacts,
  type ArtifactRequest,
} from '../../../../src/adapters/runtime/artifacts/artifacts.js';
import type { Artifact } from '../../../../src/domain/artifacts.js';
import { ask, contentOf, jar, lockOf, repository, serve } from './support/repository.js';

const isGood = (request: ArtifactRequest, artifact: Artifact): Promise<boolean> =>
  jarState(artifactFolder(request.cacheDir), artifact, { full: true }).then((state) => state === 'good');

test('a cold cache is filled, and the second time nothing is asked for', async () => {
  const artifacts = Array.from({ length: 9 }, (_, index) => jar(`cold-${String(index)}`));
  const server = await repository();
  const request = ask(artifacts, server.url);
  const paths = (await ensureArtifacts(request)).get('kafka');
  expect(paths).toEqual(artifacts.map((artifact) => jarPath(artifactFolder(request.cacheDir), artifact)));
  for (const artifact of artifacts) expect(await isGood(request, artifact)).toBe(true);
  expect(request.events.at(-1)).toMatchObject({ type: 'step', state: 'done', fraction: 1 });
  expect(server.requests).toHaveLength(9);
  await ensureArtifacts(request);
  await ensureArtifacts({ ...request, offline: true });
  expect(server.requests).toHaveLength(9);
});

test('a download goes on where an earlier one stopped', async () => {
  const artifact = jar('resumed');
  const server = await repository();
  const request = ask([artifact], server.url);
  const cache = artifactFolder(request.cacheDir);
  mkdirSync(cache, { recursive: true });
  writeFileSync(partPath(cache, artifact), contentOf(artifact).subarray(0, 7_000));
  await ensureArtifacts(request);
  expect(server.requests.map(({ headers }) => headers.range)).toEqual(['bytes=7000-']);
  expect(await isGood(request, artifact)).toBe(true);
});

test('a server that ignores Range is read from the start', async () => {
  const artifact = jar('no-range');
  const server = await repository((_, response, content) => response.end(content));
  const request = ask([artifact], server.url);
  mkdirSync(artifactFolder(request.cacheDir), { recursive: true });
  writeFileSync(partPath(artifactFolder(request.cacheDir), artifact), randomBytes(7_000));
  await ensureArtifacts(request);
  expect(await isGood(request, artifact)).toBe(true);
});

test('a part that was not of this artifact is thrown away and fetched anew', async () => {
  const artifact = jar('bad-part');
  const request = ask([artifact], (await repository()).url);
  mkdirSync(artifactFolder(request.cacheDir), { recursive: true });
  writeFileSync(partPath(artifactFolder(request.cacheDir), artifact), randomBytes(7_000));
  await ensureArtifacts(request);
  expect(await isGood(request, artifact)).toBe(true);
});

test('a part longer than the artifact is fetched anew', async () => {
  const artifact = jar('long-part');
  const request = ask([artifact], (await repository()).url);
  mkdirSync(artifactFolder(request.cacheDir), { recursive: true });
  writeFileSync(partPath(artifactFolder(request.cacheDir), artifact), randomBytes(30_000));
  await ensureArtifacts(request);
  expect(await isGood(request, artifact)).toBe(true);
});

test('a connection that is cut in the middle is taken up again', async () => {
  const artifact = jar('cut', 300_000);
  let cuts = 0;
  const server = await repository((request, response, content) => {
    if (cuts++ >= 2) {
      serve(request, response, content);
      return;
    }
    const start = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const head = { 'content-length': content.length - start, 'content-range': `bytes ${String(start)}-` };
    response.writeHead(start > 0 ? 206 : 200, head);
    response.write(content.subarray(start, start + 50_000), () => setTimeout(() => response.destroy(), 20));
  });
  const request = ask([artifact], server.url);
  await ensureArtifacts(request);
  expect(server.requests).toHaveLength(3);
  expect(server.requests[2]?.headers.range).toBe('bytes=100000-');
  expect(await isGood(request, artifact)).toBe(true);
});

test('a server error is tried again', async () => {
  const artifact = jar('flaky');
  let calls = 0;
  const server = await repository((request, response, content) => {
    if (++calls < 3) response.writeHead(500).end('sorry');
    else serve(request, response, content);
  });
  await ensureArtifacts(ask([artifact], server.url));
  expect(calls).toBe(3);
});

test('a server that only errs is given up after five attempts', async () => {
  const artifact = jar('down');
  const server = await repository((_, response) => response.writeHead(503).end());
  const request = ask([artifact], server.url);
  await expect(ensureArtifacts(request)).rejects.toMatchObject({
    code: 'DOWNLOAD_FAILED',
    message: expect.stringMatching(
      /org\.example:down:1\.0: the server answered 503 \(5 attempts\)/,
    ) as string,
  });
  expect(server.requests).toHaveLength(5);
  expect(request.events.at(-1)).toMatchObject({ state: 'failed' });
});

test('a server that falls silent is noticed', async () => {
  const artifact = jar('silent');
  let calls = 0;
  const server = await repository((request, response, content) => {
    if (++calls > 1) serve(request, response, content);
    else response.writeHead(200, { 'content-length': content.length }).write(content.subarray(0, 1_000));
  });
  await ensureArtifacts(ask([artifact], server.url, { stallTimeoutMs: 100 }));
  expect(server.requests[1]?.headers.range).toBe('bytes=1000-');
});

test('an artifact the repository does not have is named, and not asked for twice', async () => {
  const known = jar('known');
  const unknown = { ...jar('unknown'), artifactId: 'nowhere' };
  const server = await repository();
  const request = ask([known, unknown], server.url);
  await expect(ensureArtifacts(request)).rejects.toMatchObject({
    code: 'DOWNLOAD_FAILED',
    message: expect.stringContaining('org.example:nowhere:1.0') as string,
  });
  expect(server.requests.filter(({ url }) => url?.includes('nowhere'))).toHaveLength(1);
});

test('wrong bytes are refused, with both sums, and do not stay', async () => {
  const artifact = jar('wrong');
  const evil = randomBytes(artifact.bytes);
  const server = await repository((_, response) => response.end(evil));
  const request = ask([artifact], server.url);
  const failure = ensureArtifacts(request);
  await expect(failure).rejects.toMatchObject({
    code: 'CHECKSUM_MISMATCH',
    message: expect.stringContaining('org.example:wrong:1.0') as string,
  });
  const { evidence } = (await failure.catch((error: unknown) => error)) as { evidence: string[] };
  expect(evidence.join('\n')).toContain(artifact.sha256);
  expect(evidence.join('\n')).toContain(createHash('sha256').update(evil).digest('hex'));
  expect(readdirSync(artifactFolder(request.cacheDir))).toEqual([]);
});

test.each([
  ['shorter, as a login page is', 500],
  ['longer', 30_000],
])('an answer that is %s is refused', async (_, bytes) => {
  const artifact = jar(`size-${String(bytes)}`);
  const server = await repository((_request, response) => response.end(randomBytes(bytes)));
  await expect(ensureArtifacts(ask([artifact], server.url))).rejects.toMatchObject({
    code: 'CHECKSUM_MISMATCH',
  });
});

test('an answer without a length that does not end is refused', async () => {
  const artifact = jar('endless');
  const server = await repository((_, response) => {
    response.writeHead(200);
    response.write(randomBytes(artifact.bytes + 1));
  });
  await expect(ensureArtifacts(ask([artifact], server.url))).rejects.toMatchObject({
    code: 'CHECKSUM_MISMATCH',
  });
});

test('offline, what is missing is named', async () => {
  const [there, missing] = [jar('there'), jar('missing')];
  const request = ask([there], (await repository()).url);
  await ensureArtifacts(request);
  const offline = { ...request, lock: lockOf(there, missing), offline: true };
  await expect(ensureArtifacts(offline)).rejects.toMatchObject({
    code: 'OFFLINE_INCOMPLETE',
    evidence: ['org.example:missing:1.0'],
  });
});

test.each([
  ['truncated', (content: Buffer) => content.subarray(0, 10_000)],
  ['altered', (content: Buffer) => Buffer.from(content).fill(0, 100, 200)],
])('a jar that was %s in the cache is fetched again', async (name, damage) => {
  const artifact = jar(name);
  const server = await repository();
  const request = ask([artifact], server.url);
  const [path] = (await ensureArtifacts(request)).get('kafka')!;
  writeFileSync(path!, damage(readFileSync(path!)));
  await expect(ensureArtifacts({ ...request, offline: true })).rejects.toMatchObject({
    code: 'OFFLINE_INCOMPLETE',
  });
  await ensureArtifacts(request);
  expect(await isGood(request, artifact)).toBe(true);
});

test('a cache that was copied, so that its times are new, is checked and used', async () => {
  const artifact = jar('copied');
  const server = await repository();
  const request = ask([artifact], server.url);
  const [path] = (await ensureArtifacts(request)).get('kafka')!;
  utimesSync(path!, new Date(), new Date());
  await ensureArtifacts({ ...request, offline: true });
});

test('what the full check finds, the next start notices', async () => {
  const artifact = jar('sly');
  const request = ask([artifact], (await repository()).url);
  const [path] = (await ensureArtifacts(request)).get('kafka')!;
  writeFileSync(path!, randomBytes(artifact.bytes));
  const verifiedAt = new Date('2020-01-01T00:00:00Z');
  utimesSync(path!, verifiedAt, verifiedAt);
  const cache = artifactFolder(request.cacheDir);
  expect(await jarState(cache, artifact, { full: true })).toBe('corrupt');
  expect(await jarState(cache, artifact, { full: false })).toBe('corrupt');
});

test('two at once both succeed, and each artifact is fetched once', async () => {
  const artifacts = Array.from({ length: 4 }, (_, index) => jar(`both-${String(index)}`));
  const server = await repository((request, response, content) =>
    setTimeout(() => {
      serve(request, response, content);
    }, 50),
  );
  const request = ask(artifacts, server.url);
  const second = ask(artifacts, server.url, { cacheDir: request.cacheDir });
  await Promise.all([ensureArtifacts(request), ensureArtifacts(second)]);
  expect(server.requests).toHaveLength(4);
  for (const artifact of artifacts) expect(await isGood(request, artifact)).toBe(true);
});

test('an interrupt ends it at once and leaves what has arrived', async () => {
  const artifact = jar('slow', 200_000);
  const server = await repository((request, response, content) => {
    if (request.headers.range !== undefined) serve(request, response, content);
    else response.writeHead(200, { 'content-length': content.length }).write(content.subarray(0, 90_000));
  });
  const interrupter = new AbortController();
  const request = ask([artifact], server.url, { signal: interrupter.signal, stallTimeoutMs: 60_000 });
  const part = partPath(artifactFolder(request.cacheDir), artifact);
  const download = ensureArtifacts(request);
  download.catch(() => undefined);
  await expect.poll(() => sizeOf(part), { timeout: 5_000 }).toBe(90_000);
  interrupter.abort(new Error('Interrupted.'));
  await expect(download).rejects.toThrow('Interrupted.');
  await ensureArtifacts({ ...request, signal: new AbortController().signal });
  expect(server.requests.at(-1)?.headers.range).toBe('bytes=90000-');
});

test('user and password of a mirror are sent, and not shown', async () => {
  const artifact = jar('private');
  const server = await repository((_, response) => response.writeHead(403).end());
  const mirror = server.url.replace('http://', 'http://me:secret@');
  const failure: unknown = await ensureArtifacts(ask([artifact], mirror)).catch((error: unknown) => error);
  expect(server.requests[0]?.headers.authorization).toBe(`Basic ${btoa('me:secret')}`);
  expect(failure).toMatchObject({ code: 'DOWNLOAD_FAILED' });
  expect(JSON.stringify(failure) + String(failure)).not.toContain('secret');
});

function sizeOf(path: string): number {
  try {
    return readFileSync(path).length;
  } catch {
    return 0;
  }
}
