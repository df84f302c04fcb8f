import { existsSync, readFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import Docker from 'dockerode';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEngine, type TestEngine } from './support/engine.js';

describe('an engine for tests', () => {
  let engine: TestEngine;

  beforeAll(async () => {
    engine = await startEngine({ tls: true });
  });

  afterAll(async () => {
    await engine.stop();
  });

  const volumes = async (): Promise<string[]> =>
    (await engine.docker.listVolumes()).Volumes.map(({ Name }) => Name);

  it('keeps its data when it is restarted and when it is killed', async () => {
    await engine.docker.createVolume({ Name: 'kept' });
    await engine.restart();
    expect(await volumes()).toEqual(['kept']);
    await engine.crash();
    expect(await volumes()).toEqual(['kept']);
  });

  it('lets in over TCP only who has a certificate of its authority', async () => {
    const { host = '', certPath = '' } = engine.tls ?? {};
    const pem = (name: string): Buffer => readFileSync(join(certPath, `${name}.pem`));
    const { hostname, port } = new URL(host);
    const trusted = new Docker({
      ...{ protocol: 'https', host: hostname, port },
      ...{ ca: pem('ca'), cert: pem('cert'), key: pem('key') },
    });
    expect(await trusted.ping()).toBeTruthy();
    const stranger = new Promise((resolve, reject) => {
      request({ host: hostname, port, path: '/_ping', ca: pem('ca') }, resolve)
        .once('error', reject)
        .end();
    });
    await expect(stranger).rejects.toThrow();
  });

  it('is gone with everything it had after its end', async () => {
    await engine.stop();
    expect(existsSync(engine.dir)).toBe(false);
    expect(readFileSync('/proc/self/mounts', 'utf8')).not.toContain(engine.dir);
    await expect(engine.docker.ping()).rejects.toThrow();
  });
});
