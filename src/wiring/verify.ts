import type { Config } from '../domain/config.js';
import type { Report } from '../domain/progress.js';
import type { VerifyResult } from '../services/verify.js';
import { runJobStatus } from './job.js';
import { openLab } from './lab.js';

/** `verify` on the running lab, with the settings its job was submitted with. */
export async function runVerify(
  config: Config,
  request: { waitMs: number; manifests?: readonly string[]; report: Report; signal: AbortSignal },
): Promise<VerifyResult> {
  const { waitMs, manifests = [], report, signal } = request;
  const lab = await openLab(config);
  const { connections } = lab;
  const [
    { verify },
    { readManifestLines },
    { createTopicReader },
    { createKafkaAdmin },
    { createClickHouse },
    timers,
  ] = await Promise.all([
    import('../services/verify.js'),
    import('../adapters/files/manifest-lines.js'),
    import('../adapters/kafka/reader.js'),
    import('../adapters/kafka/admin.js'),
    import('../adapters/clickhouse/clickhouse.js'),
    import('node:timers/promises'),
  ]);
  const reader = createTopicReader(connections.kafka);
  const admin = createKafkaAdmin(connections.kafka);
  const clickhouse = createClickHouse(connections.clickhouse);
  try {
    return await verify(
      {
        waitMs,
        maxFutureSkewMs: lab.config.maxFutureSkew,
        dedupeHorizonMs: lab.config.dedupeHorizon,
        audit: lab.config.audit,
      },
      {
        reader,
        committed: (group, topic) => admin.committed(group, topic),
        clickhouse,
        manifests: manifests.map((file) => ({ file, lines: () => readManifestLines(file) })),
        jobFailure: async () =>
          (await runJobStatus(config, AbortSignal.timeout(5_000)))?.lastFailure?.sentence,
        clock: {
          now: () => Date.now(),
          sleep: (ms, sleepSignal) => timers.setTimeout(ms, undefined, { signal: sleepSignal }),
        },
        report,
        signal,
      },
    );
  } finally {
    await Promise.allSettled([reader.close(), admin.close(), clickhouse.close()]);
  }
}
