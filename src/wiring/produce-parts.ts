import { refuseSameFile } from '../adapters/files/same-file.js';
import type { ProduceOptions } from '../domain/traffic/options.js';
import type { RunState } from '../domain/traffic/summary.js';
import type { StreamlabError } from '../errors.js';
import type { ManifestTarget, RunTools } from '../services/produce-run.js';
import type { ProduceCall } from './produce.js';

/** More of a manifest than this does not wait to be written, bytes. */
const MAX_PENDING_MANIFEST = 16 * 1024 * 1024;
/** After Ctrl-C, how long the rest of a manifest may take. */
const FINISH_AFTER_INTERRUPT_MS = 10_000;

/** What a run has besides its workers: the file it reads, the manifest it writes, the metrics it shows. */
export interface Parts {
  readLines: RunTools['readLines'];
  manifest: ManifestTarget | undefined;
  observe: ((seen: { state: RunState; ratePerSecond: number }) => void) | undefined;
  /** Aborted by Ctrl-C, and when the manifest cannot be written any more. */
  signal: AbortSignal;
  /** Ends threads. */
  closed: AbortSignal;
  /** Creates what is written, now that nothing can be refused any more. @throws StreamlabError naming --manifest */
  begin: () => Promise<void>;
  /** Writes what is left of the manifest; what went wrong with it, if anything did. */
  finish: () => Promise<StreamlabError | undefined>;
  close: () => Promise<void>;
}

export async function openParts(options: ProduceOptions, { report, signal }: ProduceCall): Promise<Parts> {
  const { from, to, manifest, metricsPort } = options;
  await refuseSameFile([
    { flag: '--from', path: from },
    { flag: '--to', path: to },
    { flag: '--manifest', path: manifest },
  ]);
  const closers: (() => Promise<void>)[] = [];
  const closed = new AbortController();
  const close = async (): Promise<void> => {
    closed.abort();
    await Promise.allSettled(closers.map((closer) => closer()));
  };
  try {
    const lines = from === undefined ? undefined : await openLines(from, report);
    if (lines !== undefined) closers.push(lines.close);
    const metrics = metricsPort === undefined ? undefined : await openMetrics(metricsPort);
    if (metrics !== undefined) {
      closers.push(metrics.close);
      report({ type: 'message', text: `Metrics: ${metrics.url}` });
    }
    const file = manifest === undefined ? undefined : manifestOf(manifest, signal);
    return {
      readLines: lines?.take,
      manifest: file?.target,
      observe: metrics?.observe,
      signal: file === undefined ? signal : AbortSignal.any([signal, file.failed]),
      closed: closed.signal,
      begin: async () => file?.begin(),
      finish: async () => file?.finish(),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

export async function openLines(path: string, report?: ProduceCall['report']) {
  const { openEventLines } = await import('../adapters/files/event-lines.js');
  const lines = await openEventLines(path);
  return {
    take: (max: number) => lines.take(max),
    close: async () => {
      const left = lines.emptyLines;
      if (left > 0) report?.({ type: 'message', text: `${String(left)} empty lines were left out.` });
      await lines.close();
    },
  };
}

function manifestOf(path: string, signal: AbortSignal) {
  const failed = new AbortController();
  let file: Awaited<ReturnType<typeof openManifest>> | undefined;
  const target: ManifestTarget = {
    write: (lines) => {
      file?.write(lines);
      if (file?.failure !== undefined) failed.abort(file.failure);
    },
    get isFull() {
      return (file?.pending ?? 0) > MAX_PENDING_MANIFEST;
    },
    room: async () => file?.room(MAX_PENDING_MANIFEST),
  };
  return {
    target,
    failed: failed.signal,
    begin: async () => {
      file = await openManifest(path);
    },
    finish: async () => {
      await Promise.race([file?.close(), afterInterrupt(signal)]);
      return file?.failure;
    },
  };
}

async function openManifest(path: string) {
  const { openManifestFile } = await import('../adapters/files/manifest-file.js');
  return openManifestFile(path);
}

/** Resolves some time after Ctrl-C. */
function afterInterrupt(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const begin = (): void => {
      setTimeout(resolve, FINISH_AFTER_INTERRUPT_MS).unref();
    };
    if (signal.aborted) begin();
    else signal.addEventListener('abort', begin, { once: true });
  });
}

/** Shows the latest state of the run to whoever asks. */
async function openMetrics(port: number) {
  const [{ openMetricsExporter }, { metricsOf }, { emptyRunState }] = await Promise.all([
    import('../adapters/metrics/exporter.js'),
    import('../domain/traffic/metrics.js'),
    import('../domain/traffic/summary.js'),
  ]);
  let latest = metricsOf(emptyRunState(), 0);
  const exporter = await openMetricsExporter({ port, collect: () => latest });
  return {
    url: exporter.url,
    observe: ({ state, ratePerSecond }: { state: RunState; ratePerSecond: number }) => {
      latest = metricsOf(state, ratePerSecond);
    },
    close: () => exporter.close(),
  };
}
