import type { Config } from '../domain/config.js';
import type { Report } from '../domain/progress.js';
import { topics } from '../domain/topics.js';
import type { ProduceOptions } from '../domain/traffic/options.js';
import { earlierThanSeen, runRequest, type RunRequest } from '../domain/traffic/run-request.js';
import type { ProduceSummary } from '../domain/traffic/summary.js';
import { StreamlabError } from '../errors.js';
import type { ProduceTools } from '../services/produce.js';
import { openLab, type OpenLab } from './lab.js';
import { openLines, openParts, type Parts } from './produce-parts.js';
import { openThread, realClock } from './produce-workers.js';

export interface ProduceCall {
  report: Report;
  signal: AbortSignal;
}

/** `produce` as the options say: from the generator or a file, to the running lab or a file. */
export async function runProduce(
  config: Config,
  options: ProduceOptions,
  call: ProduceCall,
): Promise<ProduceSummary> {
  const lab = options.to === undefined ? await openLab(config) : { config };
  const [{ produce }, { randomInt }] = await Promise.all([
    import('../services/produce.js'),
    import('node:crypto'),
  ]);
  const clock = realClock();
  const seed = options.seed ?? randomInt(2 ** 32);
  const asked = runRequest(options, { config: lab.config, seed, nowMs: Math.floor(clock.now()) });
  const request = 'connections' in lab ? await lookBack(lab, asked, call) : asked;
  const parts = await openParts(options, call);
  const { signal, observe, begin } = parts;
  try {
    const openWorker = await workersOf(lab, options, parts);
    const title = `Producing to ${options.to ?? topics.raw}`;
    const { workers } = options;
    const summary = await produce(
      { ...request, title, workers },
      { openWorker, begin, clock, report: call.report, signal, observe },
    );
    const failure = await parts.finish();
    if (failure === undefined) return summary;
    // Whatever became of the manifest: the records were sent.
    const error = { code: failure.code, message: failure.message };
    return { ...summary, interrupted: call.signal.aborted, error };
  } finally {
    await parts.close();
  }
}

/** What `produce --dry-run` prints. */
export interface DryRun {
  dryRun: true;
  seed: number;
  events: { key: string | null; partition: number; verdict: string; reason?: string; value: string }[];
}

/** The first events of a run, without sending any. */
export async function runDryRun(config: Config, options: ProduceOptions): Promise<DryRun> {
  const [{ sampleTraffic }, { randomInt }] = await Promise.all([
    import('../services/sample-traffic.js'),
    import('node:crypto'),
  ]);
  const seed = options.seed ?? randomInt(2 ** 32);
  const lab = await openLab(config).catch((error: unknown) => {
    // To look at events no lab is needed; any other trouble is told.
    if (error instanceof StreamlabError && error.code === 'LAB_NOT_RUNNING') return { config };
    throw error;
  });
  const request = runRequest(options, { config: lab.config, seed, nowMs: Date.now() });
  const lines = options.from === undefined ? undefined : await openLines(options.from);
  try {
    const events = await sampleTraffic(request, {
      partitions: lab.config.rawPartitions,
      nowMs: Date.now(),
      readLines: lines?.take,
    });
    return { dryRun: true, seed, events };
  } finally {
    await lines?.close();
  }
}

/** A run that starts in the past may be behind what the lab has seen: its verdicts follow from that, and it is said. */
async function lookBack(
  { connections, config }: OpenLab,
  request: RunRequest,
  { report, signal }: ProduceCall,
): Promise<RunRequest> {
  if (request.startAtMs === undefined) return request;
  const [{ createTopicReader }, { seenEventTime }] = await Promise.all([
    import('../adapters/kafka/reader.js'),
    import('../services/seen-event-time.js'),
  ]);
  const reader = createTopicReader(connections.kafka);
  try {
    const placed = { ...request, priorMs: await seenEventTime(reader, config.maxFutureSkew, signal) };
    const warning = earlierThanSeen(placed);
    if (warning !== undefined) report({ type: 'message', text: warning });
    return placed;
  } finally {
    await reader.close();
  }
}

async function workersOf(
  lab: Partial<OpenLab> & { config: Config },
  { compression, workers, to }: ProduceOptions,
  { closed, signal, manifest, readLines }: Parts,
): Promise<ProduceTools['openWorker']> {
  const { connections, config } = lab;
  const topic = topics.raw;
  if (connections !== undefined && workers > 1) {
    const thread = { kafka: connections.kafka, topic, compression };
    return (request, emit) => openThread({ ...thread, request }, closed, { emit, manifest, signal });
  }
  const [{ openRun }, { checkedKafkaSink, fileSink }] = await Promise.all([
    import('../services/produce-run.js'),
    import('./produce-sinks.js'),
  ]);
  return async (request, emit) => {
    const run = await openRun(request, {
      openSink:
        connections === undefined
          ? fileSink(to ?? '-', config.rawPartitions)
          : (onDelivered, check) =>
              checkedKafkaSink({ kafka: connections.kafka, topic, compression, onDelivered }, check),
      readLines,
      clock: realClock(),
      emit,
      manifest,
      signal,
    });
    return { run };
  };
}
