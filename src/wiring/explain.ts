import type { Config } from '../domain/config.js';
import type { JudgeSettings } from '../domain/dlq/lateness.js';
import type { Report } from '../domain/progress.js';
import type { Explained } from '../services/explain.js';
import { judgeSettings } from './letter-show.js';
import { withReader } from './letters.js';

/** `explain` on the running lab. */
export async function runExplain(
  config: Config,
  { eventId, report, signal }: { eventId: string; report: Report; signal: AbortSignal },
): Promise<Explained & { settings: JudgeSettings }> {
  const [{ explain }, { createKafkaAdmin }, { createClickHouse }] = await Promise.all([
    import('../services/explain.js'),
    import('../adapters/kafka/admin.js'),
    import('../adapters/clickhouse/clickhouse.js'),
  ]);
  return withReader(config, async (reader, { config: settled, connections }) => {
    const settings = judgeSettings(settled);
    const admin = createKafkaAdmin(connections.kafka);
    const clickhouse = createClickHouse(connections.clickhouse);
    const committed = (group: string, topic: string) => admin.committed(group, topic);
    try {
      const tools = { reader, committed, clickhouse, report, signal };
      const { windowMs, maxFutureSkewMs } = settings;
      return { ...(await explain(eventId, { ...tools, windowMs, maxFutureSkewMs })), settings };
    } finally {
      await Promise.allSettled([admin.close(), clickhouse.close()]);
    }
  });
}
