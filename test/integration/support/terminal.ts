import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';

const escape = '\u001b';

/** A program on a terminal of its own, which `script` provides (Linux). What it draws is kept as it was written. */
export class Terminal {
  private written = '';

  private constructor(private readonly child: ReturnType<typeof run>) {
    child.stdout.on('data', (chunk: Buffer) => {
      this.written += chunk.toString();
    });
  }

  static start(
    args: readonly string[],
    env: Readonly<Record<string, string>>,
    { width, height }: { width: number; height: number },
  ): Terminal {
    const command = args.map((arg) => `'${arg.replaceAll("'", String.raw`'\''`)}'`).join(' ');
    return new Terminal(
      run(`stty cols ${String(width)} rows ${String(height)}; exec ${command}`, { TERM: 'xterm', ...env }),
    );
  }

  /** Everything, with the commands to the terminal. */
  get stream(): string {
    return this.written;
  }

  /** The text alone. */
  get text(): string {
    return textOf(this.written);
  }

  type(keys: string): void {
    this.child.stdin.write(keys);
  }

  /** Waits until what was drawn since `from` has a text; returns where the stream then ends. */
  async until(pattern: RegExp, timeoutMs = 30_000, from = 0): Promise<number> {
    const end = Date.now() + timeoutMs;
    while (!pattern.test(textOf(this.written.slice(from)))) {
      if (Date.now() > end) throw new Error(`no ${String(pattern)} in:\n${this.text.slice(-6_000)}`);
      await delay(50);
    }
    return this.written.length;
  }

  /** Resolves to the exit code, and how long it took from now. */
  async ended(): Promise<{ exitCode: number | undefined; ms: number }> {
    const begun = Date.now();
    if (this.child.exitCode === null) await once(this.child, 'exit');
    const { exitCode } = await this.child;
    return { exitCode, ms: Date.now() - begun };
  }

  /** The terminal goes away, and what runs on it with it. */
  close(): void {
    this.child.kill('SIGTERM');
  }
}

function run(command: string, env: Readonly<Record<string, string>>) {
  return execa('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
    env: { SHELL: '/bin/sh', ...env },
    reject: false,
    stdin: 'pipe',
    buffer: false,
  });
}

function textOf(stream: string): string {
  const csi = new RegExp(String.raw`${escape}\[[0-9;?]*[a-zA-Z]`, 'g');
  return stream.replace(csi, '');
}
