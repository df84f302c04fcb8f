import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { execa } from 'execa';

const ownProgram = resolve('bin/run.js');

const spawnCli = (program: string, args: readonly string[], env: Record<string, string>) =>
  execa(process.execPath, [program, ...args], { env, reject: false, stdin: 'ignore' });
export type CliProcess = ReturnType<typeof spawnCli>;

export interface CliResult {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** A home of its own for labs; jars come from the user's cache, so that they are fetched once. */
export class TestHome {
  readonly stateHome = mkdtempSync(join(tmpdir(), 'streamlab ünïcode '));

  constructor(private readonly extra: Readonly<Record<string, string>> = {}) {}

  get env(): Record<string, string> {
    // The local runtime, whatever Docker engine the machine may have.
    const runtime = { STREAMLAB_RUNTIME: 'local' };
    return { XDG_STATE_HOME: this.stateHome, NO_COLOR: '1', ...runtime, ...this.extra };
  }

  /** Runs the built program as a user would; never throws. */
  async cli(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
    program = ownProgram,
  ): Promise<CliResult> {
    const result = await this.start(args, env, program);
    return { exitCode: result.exitCode ?? -1, stdout: result.stdout, stderr: result.stderr };
  }

  /** The same, while it runs. */
  start(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
    program = ownProgram,
  ): CliProcess {
    return spawnCli(program, args, { ...this.env, ...env });
  }

  /** Runs a command with `--json` and returns its value; fails with what the command said otherwise. */
  async json<T>(args: readonly string[], allowed: readonly number[] = [0]): Promise<T> {
    const result = await this.cli([...args, '--json']);
    if (!allowed.includes(result.exitCode)) {
      throw new Error(
        `streamlab ${args.join(' ')} ended with ${String(result.exitCode)}\n${result.stdout}\n${result.stderr}`,
      );
    }
    return JSON.parse(result.stdout) as T;
  }

  /** Stops every lab in this home and deletes it. */
  async end(labs: readonly string[] = ['default']): Promise<void> {
    for (const lab of labs) await this.cli(['down', '--lab', lab, '--volumes', '--yes']);
    rmSync(this.stateHome, { recursive: true, force: true });
  }
}

export interface Status {
  lab: string;
  healthy: boolean;
  services: { name: string; state: string; endpoint: string | null; version: string | null; pid?: number }[];
  job: { id: string; name: string; state: string } | null;
}

export function pidsOf(status: Status): Record<string, number> {
  return Object.fromEntries(
    status.services.flatMap(({ name, pid }) => (pid === undefined ? [] : [[name, pid]])),
  );
}

/** Takes a port until `close` is called. */
export async function takePort(port: number): Promise<{ port: number; close: () => Promise<void> }> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
      }),
  };
}
