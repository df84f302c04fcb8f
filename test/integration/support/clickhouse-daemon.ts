import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient, type ClickHouseClient } from '@clickhouse/client';
import { daemonThreads } from '../../../src/adapters/runtime/local/clickhouse/config.js';

const program = join(import.meta.dirname, '../../../dist/adapters/runtime/local/clickhouse/daemon.js');
const startDeadlineMs = 60_000;

/** A real daemon (chdb and all) on a free port and a directory of its own. */
export class ClickHouseDaemon {
  readonly password = 'p4ss:wörd';
  readonly dataDir = mkdtempSync(join(tmpdir(), 'streamlab-ch-'));
  port = 0;
  log = '';
  #process: ChildProcess | undefined;

  async start(): Promise<this> {
    if (!existsSync(program))
      throw new Error(`${program} is missing: build first (npx tsc -p tsconfig.json)`);
    this.port = await freePort();
    const child = spawn(process.execPath, [program], {
      env: {
        ...process.env,
        UV_THREADPOOL_SIZE: String(daemonThreads),
        STREAMLAB_CH_PORT: String(this.port),
        STREAMLAB_CH_DATA: this.dataDir,
        STREAMLAB_CH_PASSWORD: this.password,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#process = child;
    const collect = (chunk: Buffer): void => {
      this.log += chunk.toString();
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    await eventually(async () => {
      if (child.exitCode !== null) throw new Error(`the daemon ended: ${this.log}`);
      return (await fetch(`${this.url}/ping`).catch(() => undefined))?.ok === true;
    }, startDeadlineMs);
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Sends a signal and resolves with the exit code once the process is gone. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    const child = this.#process;
    if (child?.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
    return child.exitCode;
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  client(options: Parameters<typeof createClient>[0] = {}): ClickHouseClient {
    return createClient({ url: this.url, password: this.password, log: { level: 127 }, ...options });
  }

  /** A plain request with the password in the header. */
  post(
    search: string,
    body?: string | Buffer | FormData,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    return fetch(`${this.url}/${search}`, {
      method: 'POST',
      ...(body === undefined ? {} : { body }),
      headers: { ...this.auth, ...headers },
    });
  }

  get(search: string): Promise<Response> {
    return fetch(`${this.url}/${search}`, { headers: this.auth });
  }

  /** Runs one statement and returns its text; fails on an error. */
  async sql(query: string): Promise<string> {
    const response = await this.post('', query);
    const text = await response.text();
    if (!response.ok) throw new Error(text);
    return text.trimEnd();
  }

  get auth(): Record<string, string> {
    // A header is bytes; fetch takes one character a byte.
    const key = Buffer.from(this.password, 'utf8').toString('latin1');
    return { 'X-ClickHouse-User': 'default', 'X-ClickHouse-Key': key };
  }

  /** Resident memory in MiB. */
  rssMb(): number {
    const status = readFileSync(`/proc/${this.#process?.pid ?? 0}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
  }
}

/** Waits until the condition holds; an error of the condition ends the wait. */
export async function eventually(condition: () => Promise<boolean>, deadlineMs = 10_000): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error('the condition did not come true in time');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
