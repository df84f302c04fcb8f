import type { Runtime } from '../adapters/runtime/runtime.js';
import { flinkGroup, queues } from '../domain/clickhouse.js';
import type { Config } from '../domain/config.js';
import { jobName } from '../domain/flink-job.js';
import {
  sourceNames,
  type LabFacts,
  type Observation,
  type ServicesSample,
  type SourceName,
} from '../domain/pipeline/samples.js';
import { topics } from '../domain/topics.js';
import type { Looks } from '../services/observe.js';
import { openLab } from './lab.js';
import { runtimeOf } from './runtimes.js';

/** A lab that is looked at. */
export interface ObservedLab {
  facts: LabFacts;
  /** Looks at every system until the signal is aborted; what it sees goes to `emit`. */
  observe(
    emit: (observation: Observation) => void,
    signal: AbortSignal,
    slowness?: () => number,
  ): Promise<void>;
  close(): Promise<void>;
}

/**
 * @param sources what to look at; all where undefined
 * @throws StreamlabError LAB_NOT_RUNNING
 */
export async function observeLab(
  config: Config,
  sources: readonly SourceName[] = sourceNames,
): Promise<ObservedLab> {
  const lab = await openLab(config);
  const runtime = await runtimeOf(config);
  const { observe } = await import('../services/observe.js');
  const all = await openLooks(lab.connections, config.lab, runtime);
  const looks: Looks = Object.fromEntries(sources.map((source) => [source, all.looks[source]]));
  const { setTimeout: delay } = await import('node:timers/promises');
  const { guarantee, checkpointInterval, watermarkDelay, allowedLateness, idleTimeout } = lab.config;
  const { parallelism, rawPartitions } = lab.config;
  return {
    facts: {
      lab: config.lab,
      runtime: runtime.name,
      settings: {
        guarantee,
        checkpointInterval,
        watermarkDelay,
        allowedLateness,
        idleTimeout,
        parallelism,
        rawPartitions,
      },
    },
    observe: (emit, signal, slowness = () => 1) =>
      observe({
        looks,
        emit,
        slowness,
        signal,
        clock: {
          now: () => Date.now(),
          sleep: (ms, sleepSignal) => delay(ms, undefined, { signal: sleepSignal }),
        },
      }),
    close: all.close,
  };
}

async function openLooks(
  { kafka, flink, clickhouse }: Awaited<ReturnType<typeof openLab>>['connections'],
  lab: string,
  runtime: Runtime,
): Promise<{ looks: Required<Looks>; close: () => Promise<void> }> {
  const [{ FlinkLook }, { createLagWatch }, { createTopicReader }, { createClickHouseLook }, letters] =
    await Promise.all([
      import('../adapters/flink/pipeline-look.js'),
      import('../adapters/kafka/group-lag.js'),
      import('../adapters/kafka/reader.js'),
      import('../adapters/clickhouse/pipeline-look.js'),
      import('../services/letters-look.js'),
    ]);
  const reader = createTopicReader(kafka);
  const groups = [{ group: flinkGroup, topic: topics.raw }, ...queues];
  const lag = createLagWatch(kafka, groups, reader);
  const tables = createClickHouseLook(clickhouse, new Map(queues.map(({ table, topic }) => [table, topic])));
  const job = new FlinkLook(flink.restUrl, flink.access, jobName(lab));
  const newest = new letters.NewestLetters(reader);
  return {
    looks: {
      flink: (signal) => job.look(signal),
      kafka: () => lag.look(),
      clickhouse: (signal) => tables.look(signal),
      letters: (signal) => newest.look(signal),
      services: () => services(runtime),
    },
    close: async () => {
      await Promise.allSettled([reader.close(), lag.close(), tables.close()]);
    },
  };
}

async function services(runtime: Runtime): Promise<ServicesSample> {
  const found = await runtime.status();
  return { services: found.map(({ name, state, endpoint }) => ({ name, state, endpoint })) };
}
