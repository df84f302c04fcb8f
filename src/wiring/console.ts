import { randomBytes } from 'node:crypto';
import type { Routes } from '../adapters/console/server.js';
import { consoleService } from '../domain/lab-state.js';
import type { Config } from '../domain/config.js';
import type { SourceName } from '../domain/pipeline/samples.js';
import { reasonOf, StreamlabError } from '../errors.js';
import type { CollectorStatus } from '../services/collect.js';
import type { LabWatch, WatchedLab } from '../services/lab-watch.js';
import { openLab } from './lab.js';
import { observeLab } from './observe.js';
import { sleep } from './pipeline.js';
import { consoleOf } from './runtimes.js';

/** The `--json` of `streamlab console`, once it has ended. */
export interface ConsoleResult {
  lab: string;
  url: string;
  collector: CollectorStatus;
}

export interface ConsoleCall {
  /** Receives the address, as soon as it answers. */
  onListening: (url: string) => void;
  /** Receives what happens, a sentence each. */
  say: (sentence: string) => void;
  signal: AbortSignal;
}

/**
 * The console in the foreground, on a port of its own, until the signal is aborted.
 * @throws StreamlabError LAB_NOT_RUNNING, PORT_TAKEN
 */
export async function runConsole(config: Config, call: ConsoleCall): Promise<ConsoleResult> {
  const { connections } = await openLab(config);
  if (connections.pages.console !== undefined)
    call.say(
      `The lab's own console is at ${connections.pages.console}, and goes on measuring; this one shows the same.`,
    );
  const { choosePorts } = await import('../adapters/runtime/ports.js');
  const names = { public: [consoleService], internal: [] } as const;
  const wish = {
    config,
    remembered: undefined,
    held: new Set<typeof consoleService>(),
    claimed: new Set<number>(),
  };
  const { ports, notices } = await choosePorts(names, wish);
  notices.forEach(call.say);
  return serveLab(config, ports.console, call);
}

/** Serves the console on a port, and measures the lab unless its own console does, until the signal is aborted. */
export async function serveLab(config: Config, port: number, call: ConsoleCall): Promise<ConsoleResult> {
  const { onListening, say, signal } = call;
  const [{ LabWatch }, { serveConsole }, { consolePage }] = await Promise.all([
    import('../services/lab-watch.js'),
    import('../adapters/console/server.js'),
    import('./console-page.js'),
  ]);
  const own = await consoleOf(config);
  const onDefect = (error: unknown): void => {
    say(`A defect: ${(error instanceof Error ? error.stack : undefined) ?? reasonOf(error)}`);
  };
  const watch = new LabWatch({
    open: () => watchedLab(config),
    isMeasuredElsewhere: () => own.isElsewhere(),
    clock: { now: Date.now, sleep },
    say,
    onDefect,
    signal,
  });
  const token = randomBytes(24).toString('base64url');
  const pipeline = () => ({ view: watch.view() ?? null, trouble: watch.trouble ?? null });
  const page = await consolePage(config, { token, pipeline, say, onDefect });
  const routes = { ...page.routes, ...healthRoute(config, watch) };
  const server = await serveConsole({ port, routes, token, onDefect });
  try {
    onListening(server.url);
    await watch.run();
  } finally {
    await Promise.all([server.close(), page.close()]);
  }
  return { lab: config.lab, url: server.url, collector: watch.collector };
}

/** How the console itself is; tells nothing of the lab's contents. */
function healthRoute({ lab }: Config, watch: LabWatch): Routes {
  return {
    'GET /healthz': () => {
      const { trouble = null, collector } = watch;
      const health = { ok: true, lab, pid: process.pid, trouble, collector };
      return { type: 'application/json', body: `${JSON.stringify(health)}\n` };
    },
  };
}

/**
 * The lab as it is now: where it is reached, and what its job was submitted with.
 * @param sources what to look at; all where undefined
 */
export async function watchedLab(config: Config, sources?: readonly SourceName[]): Promise<WatchedLab> {
  const [lab, { createMeasurementWriter }] = await Promise.all([
    openLab(config),
    import('../adapters/clickhouse/measurements.js'),
  ]);
  const asOf = JSON.stringify(lab);
  const observed = await observeLab(config, sources);
  const writer = createMeasurementWriter(lab.connections.clickhouse);
  return {
    facts: observed.facts,
    observe: (emit, signal, slowness) => observed.observe(emit, signal, slowness),
    write: (at, measurements, signal) => writer.write(at, measurements, signal),
    isCurrent: async () => {
      try {
        return JSON.stringify(await openLab(config)) === asOf;
      } catch (error) {
        // What does not answer is still where it was.
        return !(error instanceof StreamlabError && error.code === 'LAB_NOT_RUNNING');
      }
    },
    close: async () => {
      await Promise.all([observed.close(), writer.close()]);
    },
  };
}
