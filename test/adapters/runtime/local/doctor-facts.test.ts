import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { packageRoot } from '../../../../src/adapters/files/paths.js';
import { artifactFolder, jarPath } from '../../../../src/adapters/runtime/artifacts/artifact-cache.js';
import { readArtifactLock } from '../../../../src/adapters/runtime/artifacts/artifacts.js';
import { gatherFacts, type DoctorRequest } from '../../../../src/adapters/runtime/local/doctor-facts.js';
import { artifactsFor, type Artifact } from '../../../../src/domain/artifacts.js';
import { resolveConfig } from '../../../../src/domain/config.js';
import { doctor } from '../../../../src/services/doctor.js';
import { misfit } from '../../../../src/domain/versions.js';

let root = '';
let good: Artifact;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'streamlab-doctor-'));
  const content = Buffer.from('a jar');
  const sha256 = createHash('sha256').update(content).digest('hex');
  good = {
    groupId: 'a',
    artifactId: 'good',
    version: '1',
    bytes: content.length,
    sha256,
    services: ['kafka'],
  };
  const bad: Artifact = { ...good, artifactId: 'bad' };
  const artifacts = [good, bad, { ...good, artifactId: 'missing' }];
  const versions = { kafka: '4.3.1', flink: '2.2.1', kafkaConnector: '5.0.0-2.2' };
  writeFileSync(join(root, 'artifacts.lock.json'), JSON.stringify({ lockVersion: 1, versions, artifacts }));
  writeFileSync(join(root, 'package.json'), JSON.stringify({ engines: { node: '>=20.19.4' } }));
  const folder = artifactFolder(join(root, 'cache'));
  mkdirSync(folder, { recursive: true });
  writeFileSync(jarPath(folder, good), content);
  writeFileSync(jarPath(folder, bad), 'A jar');
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

function requestOf(flags: Record<string, string | number> = {}, ownPids: number[] = []): DoctorRequest {
  const config = resolveConfig({ environment: {}, flags });
  const [cacheDir, stateDir] = [join(root, 'cache'), join(root, 'not', 'yet', 'there')];
  const docker = {
    docker: { reachable: false, reason: 'there is none' } as const,
    isOwnPort: () => Promise.resolve(false),
  };
  return { config, packageRoot: root, cacheDir, stateDir, ownPids, docker };
}

test('a corrupt and a missing jar are told apart', async () => {
  const { cache } = await gatherFacts(requestOf());
  expect(cache).toMatchObject({ readable: true, good: 1, corrupt: ['a:bad:1'], missing: ['a:missing:1'] });
  expect((await doctor(() => gatherFacts(requestOf()))).ok).toBe(false);
});

test('a taken port is told with its owner, and is no trouble when that is the lab itself', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const kafkaPort = (server.address() as AddressInfo).port;
  const statusOf = async (ownPids: number[]): Promise<string | undefined> => {
    const { checks } = await doctor(() => gatherFacts(requestOf({ kafkaPort }, ownPids)));
    return checks.find(({ name }) => name === `port-${String(kafkaPort)}`)?.status;
  };
  expect(await statusOf([])).toBe('fail');
  expect(await statusOf([process.pid])).toBe('ok');
});

test('a Java that is not there is a finding, not a crash', async () => {
  const { java } = await gatherFacts(requestOf({ javaHome: join(root, 'no-java') }));
  expect(java).toMatchObject({ found: false });
});

test('the disk of a folder that is not there yet is that of the folder above', async () => {
  const { disks } = await gatherFacts(requestOf());
  for (const { freeBytes } of disks) expect(freeBytes).toBeGreaterThan(0);
});

test('the lock file of this package is valid, complete for its services, and fits together', async () => {
  const lock = await readArtifactLock(join(packageRoot, 'artifacts.lock.json'));
  expect(misfit(lock.versions)).toBeUndefined();
  const names = (service: 'kafka' | 'flink'): string[] =>
    artifactsFor(lock, [service]).map(({ artifactId, version }) => `${artifactId}:${version}`);
  expect(names('kafka')).toContain(`kafka_2.13:${lock.versions.kafka}`);
  expect(names('flink')).toContain(`flink-runtime:${lock.versions.flink}`);
  expect(names('flink')).toContain(`flink-sql-connector-kafka:${lock.versions.kafkaConnector}`);
  // One version of each artifact on a class path, or it is chance which one is loaded.
  for (const service of ['kafka', 'flink'] as const) {
    const ids = artifactsFor(lock, [service]).map(({ groupId, artifactId }) => `${groupId}:${artifactId}`);
    expect(new Set(ids).size).toBe(ids.length);
  }
});

test('a damaged lock file is said to be that', async () => {
  writeFileSync(join(root, 'artifacts.lock.json'), '{');
  await expect(readArtifactLock(join(root, 'artifacts.lock.json'))).rejects.toMatchObject({
    code: 'INVALID_FILE',
  });
});
