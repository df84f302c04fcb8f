import type { Config } from '../domain/config.js';
import type { LabConnections } from '../domain/connections.js';
import { topics } from '../domain/topics.js';
import type { ProduceOptions } from '../domain/traffic/options.js';
import type { ProduceSummary } from '../domain/traffic/summary.js';
import type { PaceClock, ProduceTools } from '../services/produce.js';

/** `produce` with the lab's settings, the real clock and Kafka. The client is loaded here, not by `--help`. */
export async function wireProduce(
  config: Config,
  connections: LabConnections,
): Promise<
  (options: ProduceOptions, tools: Pick<ProduceTools, 'report' | 'signal'>) => Promise<ProduceSummary>
> {
  const [{ produce }, { openKafkaSink }, { WINDOW_MS }, { duplicateDistance }, timers, { randomInt }] =
    await Promise.all([
      import('../services/produce.js'),
      import('../adapters/kafka/producer.js'),
      import('../domain/traffic/lateness.js'),
      import('../domain/traffic/stream.js'),
      import('node:timers/promises'),
      import('node:crypto'),
    ]);
  const clock: PaceClock = {
    now: () => Date.now(),
    sleep: async (ms, signal) => {
      if (ms <= 0) await timers.setImmediate();
      else
        await timers.setTimeout(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
    },
  };
  return (options, { report, signal }) =>
    produce(
      {
        options,
        seed: options.seed ?? randomInt(2 ** 32),
        topic: topics.raw,
        lab: {
          lateness: {
            watermarkDelayMs: config.watermarkDelay,
            allowedLatenessMs: config.allowedLateness,
            windowMs: WINDOW_MS,
          },
          maxFutureSkewMs: config.maxFutureSkew,
          duplicateWithin: duplicateDistance(options.ratePerSecond, config.dedupeHorizon),
        },
      },
      {
        openSink: () => openKafkaSink({ kafka: connections.kafka, topic: topics.raw }),
        clock,
        report,
        signal,
      },
    );
}
