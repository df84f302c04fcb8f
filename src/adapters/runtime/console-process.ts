import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import type { Config } from '../../domain/config.js';
import { consoleService, type ConsoleState, type ProcessRecord } from '../../domain/lab-state.js';
import type { Report } from '../../domain/progress.js';
import { reasonOf } from '../../errors.js';
import { makeFolder } from '../files/folders.js';
import type { LabStore } from '../files/lab-store.js';
import { readOwnVersion } from '../files/package-files.js';
import { packageRoot } from '../files/paths.js';
import { withLock } from './lab-lock.js';
import { logFileOf, tailLog } from './log-files.js';
import { choosePorts } from './ports.js';
import { findByMarker, isAlive, markerOf, startDaemon, stopProcess } from './processes.js';
import { waitUntilReady } from './readiness.js';
import type { Runtime, ServiceStatus } from './runtime.js';

/** Where the process finds what it is to do, as JSON (src/wiring/console-process.ts). */
const consoleVariable = 'STREAMLAB_CONSOLE';

const portNames = { public: [consoleService], internal: [] } as const;
const readyTimeoutMs = 30_000;
const answerMs = 2_000;
/** Beyond what an `up` takes from its claim to the console's start. */
const claimMs = 600_000;

/** The console's port for this `up`, and whether it is there already. */
export interface ConsoleClaim {
  port: number;
  url: string;
  isRunning: boolean;
  notices: readonly string[];
}

export interface ConsoleStart {
  port: number;
  config: Config;
  report: Report;
  signal: AbortSignal;
}

/** The console of a lab as a process of this machine that outlives the command which starts it; on every runtime. */
export class ConsoleProcess {
  constructor(
    private readonly store: LabStore,
    private readonly labsDir: string,
  ) {}

  /** Where it is reached, if it runs. */
  async url(): Promise<string | undefined> {
    const state = await this.store.readConsole();
    return state !== undefined && (await isAlive(state.process ?? undefined)) ? urlOf(state.port) : undefined;
  }

  /** Whether another process than this one is the lab's console. */
  async isElsewhere(): Promise<boolean> {
    const record = (await this.store.readConsole())?.process ?? undefined;
    return record?.pid !== process.pid && (await isAlive(record));
  }

  async isRunning(): Promise<boolean> {
    return (await this.running()) !== undefined;
  }

  /**
   * The port to use: that of a console that runs, else one that is chosen and kept for it.
   * @throws StreamlabError PORT_TAKEN naming the process that has a port which was asked for
   */
  async claim(config: Config, signal: AbortSignal): Promise<ConsoleClaim> {
    const state = await this.store.readConsole();
    const running = await this.running();
    // A process whose port nobody remembers is of no use.
    if (running !== undefined && state === undefined) await stopProcess(running, graceMs);
    const isRunning = running !== undefined && state !== undefined;
    const wish = {
      config,
      held: new Set<typeof consoleService>(isRunning ? [consoleService] : []),
      remembered: rememberedOf(state),
    };
    return withLock(
      this.labsDir,
      async () => {
        const { ports, notices } = await choosePorts(portNames, {
          ...wish,
          claimed: await this.claimed(),
        });
        const port = ports.console;
        await this.store.writeConsole({ port, claimedAt: Date.now(), process: running ?? null });
        return { port, url: urlOf(port), isRunning, notices };
      },
      { patienceMs: 30_000, signal },
    );
  }

  /** Ports of other labs' consoles that are about to be taken. */
  private async claimed(): Promise<Set<number>> {
    const others = await this.store.otherConsoles();
    const recent = others.filter(
      ({ claimedAt, process: started }) => started === null && Date.now() - claimedAt < claimMs,
    );
    return new Set(recent.map(({ port }) => port));
  }

  /**
   * Starts it and waits until it answers.
   * @throws StreamlabError SERVICE_FAILED, TIMED_OUT
   */
  async start({ port, config, report, signal }: ConsoleStart): Promise<void> {
    const step = { type: 'step', id: consoleService, title: consoleService } as const;
    const begun = Date.now();
    report({ ...step, state: 'running', detail: 'starting' });
    const logFile = logFileOf(this.store.folders, consoleService);
    try {
      await makeFolder(this.store.folders.logs);
      const record = await startDaemon({ ...this.command(port, config), name: consoleService, logFile });
      await this.store.writeConsole({ port, claimedAt: begun, process: record });
      await waitUntilReady({
        service: consoleService,
        process: record,
        port,
        logFile,
        probe: () => lacking(urlOf(port)),
        timeoutMs: readyTimeoutMs,
        signal,
      });
    } catch (error) {
      report({ ...step, state: 'failed' });
      throw error;
    }
    report({ ...step, state: 'done', detail: `ready after ${((Date.now() - begun) / 1000).toFixed(1)}s` });
  }

  /** It gets the configuration as it is now; secrets and relative paths of it are where they are for this command. */
  private command(port: number, config: Config) {
    return {
      command: process.execPath,
      args: [
        ...smallNode,
        join(packageRoot, 'dist', 'wiring', 'console-process.js'),
        markerOf(consoleService, this.store.folders),
      ],
      // glibc keeps a heap for each thread otherwise, and gives none of them back.
      env: { ...process.env, MALLOC_ARENA_MAX: '1', [consoleVariable]: JSON.stringify({ port, config }) },
      cwd: process.cwd(),
    };
  }

  /** @returns whether it ran */
  async stop(): Promise<boolean> {
    const running = await this.running();
    if (running === undefined) return false;
    await stopProcess(running, graceMs);
    return true;
  }

  async status(): Promise<ServiceStatus> {
    const [state, running] = await Promise.all([this.store.readConsole(), this.running()]);
    const version = await readOwnVersion();
    if (running === undefined || state === undefined)
      return { name: consoleService, state: 'stopped', endpoint: null, version };
    const endpoint = urlOf(state.port);
    const answers = (await lacking(endpoint).catch(reasonOf)) === undefined;
    return {
      name: consoleService,
      state: answers ? 'running' : 'starting',
      endpoint,
      version,
      pid: running.pid,
    };
  }

  async logs(options: Omit<Parameters<Runtime['logs']>[0], 'service'>): Promise<void> {
    await tailLog({ ...options, path: logFileOf(this.store.folders, consoleService) });
  }

  private async running(): Promise<ProcessRecord | undefined> {
    const record = (await this.store.readConsole())?.process ?? undefined;
    if (await isAlive(record)) return record;
    return findByMarker(markerOf(consoleService, this.store.folders));
  }
}

/** It keeps and computes little: a heap that is collected often stays small, and compiled code is not worth its memory. */
const smallNode = [
  '--max-semi-space-size=1',
  '--max-old-space-size=192',
  '--optimize-for-size',
  '--v8-pool-size=1',
  '--no-opt',
  '--no-sparkplug',
];
const graceMs = 3_000;

function rememberedOf(state: ConsoleState | undefined): { console: number } | undefined {
  return state === undefined ? undefined : { console: state.port };
}

function urlOf(port: number): string {
  return `http://127.0.0.1:${String(port)}`;
}

/** Not with `fetch`: to load what is behind it takes longer than everything else that `status` does. */
async function lacking(url: string): Promise<string | undefined> {
  const asking = get(`${url}/healthz`, { agent: false, signal: AbortSignal.timeout(answerMs) });
  const [response] = (await once(asking, 'response')) as [IncomingMessage];
  response.resume();
  return response.statusCode === 200 ? undefined : 'it does not answer /healthz';
}
