import { mkdir, rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { daemonThreads, readConfig, type DaemonConfig } from './config.js';
import { startEngine, type Engine } from './engine.js';
import { makeFifos } from './fifo.js';
import { createLog } from './log.js';
import type { QueryDeps } from './query-handler.js';
import { RunningQueries } from './running.js';
import { createHttpServer } from './server.js';
import { NamedSessions } from './sessions.js';
import { Slots } from './slots.js';

/** The local ClickHouse: chdb behind ClickHouse's HTTP interface. Configuration: see config.ts. */

const maxWaitingQueries = 200;
/** After the signal: for statements to stop, and for the whole process to be gone. */
const drainMs = 1000;
const exitMs = 2800;

const log = createLog((line) => {
  process.stdout.write(`${line}\n`);
});
// A fault in one request must not take the others' data down with it.
process.on('uncaughtException', (error) => {
  log.error('daemon.fault', { message: error.stack ?? error.message });
});
process.on('unhandledRejection', (reason) => {
  log.error('daemon.fault', { message: String(reason) });
});

await main().catch((error: unknown) => {
  log.error('daemon.failed', { message: error instanceof Error ? error.message : String(error) });
  // An engine that broke while it started may never let go of the process.
  killAfter(exitMs);
  process.exit(1);
});

async function main(): Promise<void> {
  const startedAt = performance.now();
  const config = readConfig(process.env);
  if (config.concurrency < daemonThreads / 2) {
    const hint = `start with UV_THREADPOOL_SIZE=${daemonThreads}`;
    log.warn('daemon.few_threads', { concurrency: config.concurrency, hint });
  }
  const { engine, deps } = await open(config);
  const server = createHttpServer(deps, { user: config.user, password: config.password });
  await listen(server, config);
  const stop = (signal: string): void => {
    void shutDown(signal, server, engine, deps);
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  log.info('daemon.ready', {
    host: config.host,
    port: (server.address() as AddressInfo).port,
    version: engine.version,
    concurrency: config.concurrency,
    startMs: Math.round(performance.now() - startedAt),
    rssMb: rssMb(),
  });
}

async function open(config: DaemonConfig): Promise<{ engine: Engine; deps: QueryDeps }> {
  const spoolDir = join(config.dataDir, 'spool');
  const engineDir = join(config.dataDir, 'engine');
  await rm(spoolDir, { recursive: true, force: true });
  await mkdir(spoolDir, { recursive: true });
  await mkdir(engineDir, { recursive: true });
  const fifos = await makeFifos(join(config.dataDir, 'pipes'), config.concurrency);
  const engine = await startEngine(engineDir, config.maxMemoryBytes);
  const deps = {
    engine,
    slots: new Slots(fifos, maxWaitingQueries),
    sessions: new NamedSessions(engine),
    running: new RunningQueries(engine.open()),
    spoolDir,
    log,
  };
  return { engine, deps };
}

function listen(server: Server, config: DaemonConfig): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(config.port, config.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function shutDown(signal: string, server: Server, engine: Engine, deps: QueryDeps): Promise<void> {
  log.info('daemon.stopping', { signal });
  killAfter(exitMs);
  server.close();
  server.closeIdleConnections();
  await Promise.race([deps.running.killAll(), new Promise((resolve) => setTimeout(resolve, drainMs))]);
  server.closeAllConnections();
  deps.sessions.closeAll();
  engine.close();
  log.info('daemon.stopped');
  process.exit(0);
}

/**
 * Closing the engine blocks this thread, so the deadline is kept by another. Nothing is lost by a kill: what a
 * statement has written is in the file system, and the next start finds it.
 */
function killAfter(milliseconds: number): void {
  const code = `setTimeout(() => process.kill(${process.pid}, 'SIGKILL'), ${milliseconds})`;
  new Worker(code, { eval: true }).on('error', (error) => {
    log.warn('daemon.no_deadline', { message: error.message });
  });
}

function rssMb(): number {
  return Math.round(process.memoryUsage.rss() / 1024 ** 2);
}
