import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../../integration/support/clickhouse-daemon.js';
import { freePort } from './free-port.js';

export interface TestRegistry {
  /** `127.0.0.1:port`, the first part of the names of its images. */
  host: string;
  stop(): Promise<void>;
}

/** A registry for images on 127.0.0.1 (Debian's docker-registry, which is the distribution project's). */
export async function startRegistry(options: { isClosed?: boolean } = {}): Promise<TestRegistry> {
  const folder = mkdtempSync(join(tmpdir(), 'streamlab-registry-'));
  const host = `127.0.0.1:${String(await freePort())}`;
  const config = join(folder, 'config.yml');
  const closed = 'auth:\n  htpasswd:\n    realm: tests\n    path: ' + join(folder, 'htpasswd') + '\n';
  writeFileSync(join(folder, 'htpasswd'), '');
  writeFileSync(
    config,
    `version: 0.1\nlog:\n  level: error\nstorage:\n  filesystem:\n    rootdirectory: ${folder}/data\nhttp:\n  addr: ${host}\n${options.isClosed === true ? closed : ''}`,
  );
  const program = spawn('docker-registry', ['serve', config], { stdio: 'ignore' });
  const ended = new Promise<void>((resolve) => {
    program.once('exit', () => {
      resolve();
    });
    program.once('error', () => {
      resolve();
    });
  });
  const stop = async (): Promise<void> => {
    program.kill();
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await eventually(
      () =>
        fetch(`http://${host}/v2/`).then(
          () => true,
          () => false,
        ),
      20_000,
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return { host, stop };
}
