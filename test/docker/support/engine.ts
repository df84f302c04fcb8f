import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import Docker from 'dockerode';
import { makeCertificates } from './certificates.js';
import {
  bridgeOf,
  makeEngineFolder,
  removeOrphans,
  removeTraces,
  type EngineFolder,
} from './engine-traces.js';
import { freePort } from './free-port.js';

export interface EngineOptions {
  /** Listen on a port of 127.0.0.1 too, with TLS and client certificates. */
  tls?: boolean;
}

export interface TestEngine {
  /** For DOCKER_HOST: `unix:///…`. */
  readonly host: string;
  readonly socketPath: string;
  /** Everything the engine has is in here. */
  readonly dir: string;
  /** For DOCKER_HOST and DOCKER_CERT_PATH; undefined unless asked for. */
  readonly tls: { readonly host: string; readonly certPath: string } | undefined;
  readonly docker: Docker;
  /** What the daemon has said so far. */
  log(): string;
  /** Stops the daemon as a shutdown of the machine would, and starts it on the same data. */
  restart(): Promise<void>;
  /** Kills the daemon without warning and starts it again. */
  crash(): Promise<void>;
  /** Removes containers, networks and volumes, the daemon and its folder. Can be called again. */
  stop(): Promise<void>;
}

const startDeadlineMs = 60_000;
const stopDeadlineMs = 60_000;

/**
 * A Docker engine of its own: data, sockets and container processes are below a folder of the system's temporary
 * folder, and it uses no default bridge and no firewall rule of another engine. Its networks publish ports on
 * addresses of this machine through docker-proxy.
 * @throws Error that says what to install, or what the daemon said
 */
export async function startEngine(options: EngineOptions = {}): Promise<TestEngine> {
  mustBeAble();
  removeOrphans();
  const engine = new Engine(makeEngineFolder());
  process.once('exit', engine.endNow);
  try {
    if (options.tls === true) await engine.useTls();
    await engine.start();
    return engine;
  } catch (error) {
    await engine.stop();
    throw error;
  }
}

function mustBeAble(): void {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    throw new Error('The Docker tests start a Docker engine of their own: run them as root on Linux.');
  }
}

class Engine implements TestEngine {
  readonly dir: string;
  readonly socketPath: string;
  readonly docker: Docker;
  tls: TestEngine['tls'];
  #daemon: ChildProcess | undefined;
  #stopped = false;

  constructor(private readonly folder: EngineFolder) {
    this.dir = folder.dir;
    this.socketPath = join(this.dir, 'docker.sock');
    this.docker = new Docker({ socketPath: this.socketPath });
  }

  get host(): string {
    return `unix://${this.socketPath}`;
  }

  log(): string {
    return readFileSync(join(this.dir, 'dockerd.log'), 'utf8');
  }

  async useTls(): Promise<void> {
    const certPath = join(this.dir, 'client-certificates');
    mkdirSync(certPath);
    makeCertificates(join(this.dir, 'certificates'), certPath);
    this.tls = { host: `tcp://127.0.0.1:${await freePort()}`, certPath };
  }

  async start(): Promise<void> {
    // Without one of its own, dockerd takes that of another engine, in /etc/docker.
    writeFileSync(join(this.dir, 'daemon.json'), '{}');
    const log = openSync(join(this.dir, 'dockerd.log'), 'a');
    // The signal ends the engine and its containers when this process is killed and can clean up nothing.
    const daemon = spawn('setpriv', ['--pdeathsig', 'TERM', 'dockerd', ...this.#arguments()], {
      stdio: ['ignore', log, log],
      env: { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin` },
    });
    closeSync(log);
    this.#daemon = daemon;
    let failure: Error | undefined;
    daemon.once('error', (error) => (failure = error));
    const deadline = Date.now() + startDeadlineMs;
    while (!(await this.#answers())) {
      if (failure !== undefined || daemon.exitCode !== null || Date.now() > deadline) {
        throw new Error(notStarted(this.log()), { cause: failure });
      }
      await delay(50);
    }
  }

  #arguments(): string[] {
    const certificate = (name: string): string => join(this.dir, 'certificates', name);
    const tls =
      this.tls === undefined
        ? []
        : [
            '--tlsverify',
            `--tlscacert=${certificate('ca.pem')}`,
            `--tlscert=${certificate('cert.pem')}`,
          ].concat([`--tlskey=${certificate('key.pem')}`, `--host=${this.tls.host}`]);
    return [
      `--host=${this.host}`,
      `--config-file=${join(this.dir, 'daemon.json')}`,
      `--data-root=${join(this.dir, 'data')}`,
      `--exec-root=${join(this.dir, 'exec')}`,
      `--pidfile=${join(this.dir, 'dockerd.pid')}`,
      `--default-address-pool=base=${this.folder.subnet},size=24`,
      `--bridge=${bridgeOf(this.dir)}`,
      '--iptables=false',
      '--ip6tables=false',
      '--ip-forward=false',
      '--shutdown-timeout=5',
      ...tls,
    ];
  }

  async #answers(): Promise<boolean> {
    return this.docker.ping().then(
      () => true,
      () => false,
    );
  }

  async restart(): Promise<void> {
    await this.#end('SIGTERM');
    await this.start();
  }

  async crash(): Promise<void> {
    await this.#end('SIGKILL');
    // Its containerd dies with it; while it is a zombie, a new dockerd would take it for a living one and wait for it.
    rmSync(join(this.dir, 'exec', 'containerd', 'containerd.pid'), { force: true });
    await this.start();
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const daemon = this.#daemon;
    if (daemon === undefined) return;
    const deadline = Date.now() + stopDeadlineMs;
    daemon.kill(signal);
    while (daemon.exitCode === null && daemon.signalCode === null && Date.now() < deadline) await delay(20);
    this.#daemon = undefined;
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    if (await this.#answers()) await this.#removeContainers();
    await this.#end('SIGTERM');
    this.endNow();
  }

  async #removeContainers(): Promise<void> {
    const containers = await this.docker.listContainers({ all: true });
    await Promise.allSettled(
      containers.map(({ Id }) => this.docker.getContainer(Id).remove({ force: true, v: true })),
    );
    const networks = await this.docker.listNetworks();
    await Promise.allSettled(networks.map(({ Id }) => this.docker.getNetwork(Id).remove()));
  }

  /** Without waiting: for the end of this process. */
  readonly endNow = (): void => {
    if (this.#stopped) return;
    this.#stopped = true;
    process.off('exit', this.endNow);
    removeTraces(this.folder);
  };
}

function notStarted(log: string): string {
  const install = 'apt-get install docker.io tini iptables iproute2';
  const said = log.trim().split('\n').slice(-8).join('\n');
  return said === ''
    ? `The Docker tests need dockerd, and it does not start: install it (${install}).`
    : `The Docker tests need dockerd, and it ended (is everything there? ${install}). It said:\n${said}`;
}
