import { buffer } from 'node:stream/consumers';
import Docker from 'dockerode';
import { eventually } from '../../integration/support/clickhouse-daemon.js';

export interface RunOptions {
  image: string;
  env?: Readonly<Record<string, string>>;
  cmd?: readonly string[];
  entrypoint?: readonly string[];
  /** `volume-or-folder:/path`. */
  binds?: readonly string[];
  /** Ports of the container, to be published on free ports of 127.0.0.1. */
  ports?: readonly number[];
  user?: string;
}

/** Containers of one test file in a network and with volumes of their own; all of them are gone after {@link end}. */
export class Containers {
  readonly docker: Docker;
  readonly #started: Docker.Container[] = [];
  readonly #volumes: string[] = [];
  #network: Docker.Network | undefined;

  constructor(
    host: string,
    private readonly name: string,
  ) {
    this.docker = new Docker({ socketPath: host.replace('unix://', '') });
  }

  async run(options: RunOptions): Promise<Running> {
    const { image, env = {}, cmd, entrypoint, binds = [], ports = [], user } = options;
    this.#network ??= await this.docker.createNetwork({ Name: this.name, CheckDuplicate: true });
    const container = await this.docker.createContainer({
      Image: image,
      Env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
      ...(cmd === undefined ? {} : { Cmd: [...cmd] }),
      ...(entrypoint === undefined ? {} : { Entrypoint: [...entrypoint] }),
      ...(user === undefined ? {} : { User: user }),
      HostConfig: {
        Binds: [...binds],
        Init: true,
        NetworkMode: this.name,
        PortBindings: Object.fromEntries(
          ports.map((port) => [`${port}/tcp`, [{ HostIp: '127.0.0.1', HostPort: '' }]]),
        ),
      },
    });
    this.#started.push(container);
    await container.start();
    return new Running(container);
  }

  /** Runs a program to its end. */
  async finish(options: RunOptions): Promise<{ exitCode: number; output: string }> {
    const running = await this.run(options);
    const exitCode = await running.exitCode();
    return { exitCode, output: await running.logs() };
  }

  /** The name of a volume that does not exist yet. */
  volume(): string {
    const name = `${this.name}-${this.#volumes.length}`;
    this.#volumes.push(name);
    return name;
  }

  async end(): Promise<void> {
    await Promise.all(this.#started.map((container) => container.remove({ force: true, v: true })));
    await Promise.allSettled(this.#volumes.map((name) => this.docker.getVolume(name).remove()));
    await this.#network?.remove();
  }
}

/** A container that was started. */
export class Running {
  constructor(readonly container: Docker.Container) {}

  get id(): string {
    return this.container.id.slice(0, 12);
  }

  /** Address of a published port. */
  async url(port: number): Promise<string> {
    const { NetworkSettings } = await this.container.inspect();
    const [binding] = NetworkSettings.Ports[`${port}/tcp`] ?? [];
    return `http://127.0.0.1:${binding?.HostPort ?? 'not published'}`;
  }

  /** Standard output and error so far. */
  async logs(): Promise<string> {
    const raw = await this.container.logs({ stdout: true, stderr: true });
    return demultiplexed(raw);
  }

  /** Waits for the end of the container. */
  async exitCode(): Promise<number> {
    const { StatusCode } = (await this.container.wait()) as { StatusCode: number };
    return StatusCode;
  }

  /** Sends SIGTERM and waits; the container is killed after the grace period, which gives exit code 137. */
  async stop(graceSeconds: number): Promise<number> {
    await this.container.stop({ t: graceSeconds });
    return (await this.container.inspect()).State.ExitCode;
  }

  async exec(cmd: readonly string[], user?: string): Promise<{ exitCode: number; output: string }> {
    const exec = await this.container.exec({
      Cmd: [...cmd],
      AttachStdout: true,
      AttachStderr: true,
      ...(user === undefined ? {} : { User: user }),
    });
    const said = demultiplexed(await buffer(await exec.start({ hijack: true, stdin: false })));
    const { ExitCode } = await exec.inspect();
    return { exitCode: ExitCode ?? -1, output: said };
  }

  /** User ids of all processes but docker-init, which stays root where an entry point changes the user. */
  async userIds(): Promise<string[]> {
    const { Processes } = (await this.container.top({ ps_args: '-eo pid,uid,args' })) as {
      Processes: string[][];
    };
    return [
      ...new Set(Processes.filter(([, , args]) => !args?.includes('docker-init')).map(([, uid = '']) => uid)),
    ];
  }

  /** Waits until a request is answered with 2xx. */
  async answers(url: string, deadlineMs = 90_000): Promise<void> {
    await eventually(async () => {
      const { State } = await this.container.inspect();
      if (!State.Running) throw new Error(`the container ended: ${await this.logs()}`);
      return (await fetch(url, { signal: AbortSignal.timeout(5000) }).catch(() => undefined))?.ok === true;
    }, deadlineMs);
  }

  /** Waits until the container said something. */
  async says(pattern: RegExp, deadlineMs = 90_000): Promise<void> {
    await eventually(async () => {
      const logs = await this.logs();
      if (pattern.test(logs)) return true;
      const { State } = await this.container.inspect();
      if (!State.Running) throw new Error(`the container ended: ${logs}`);
      return false;
    }, deadlineMs);
  }
}

/** Text of the engine's stream of two outputs: a header of 8 bytes, the last four of them the length, then the text. */
function demultiplexed(raw: Buffer): string {
  const parts: Buffer[] = [];
  for (let at = 0; at + 8 <= raw.length;) {
    const length = raw.readUInt32BE(at + 4);
    parts.push(raw.subarray(at + 8, at + 8 + length));
    at += 8 + length;
  }
  return Buffer.concat(parts).toString('utf8');
}
