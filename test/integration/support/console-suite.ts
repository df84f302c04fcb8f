import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import kafkajs from 'kafkajs';
import { describe, expect, test } from 'vitest';
import { queues } from '../../../src/domain/clickhouse.js';
import { topics } from '../../../src/domain/topics.js';
import { eventually } from './clickhouse-daemon.js';
import { pidsOf, type Status, type TestHome } from './cli.js';
import { expand, panelQueries, readDashboard } from './grafana.js';

/** What the dashboards and the console have of a lab that is up, and was not used yet. */
export function describeConsole(home: TestHome, status: () => Promise<Status>): void {
  const labFile = join(home.stateHome, 'streamlab', 'labs', 'default', 'lab.json');

  async function ask(sql: string): Promise<unknown[][]> {
    const { ports, clickhousePassword } = JSON.parse(await readFile(labFile, 'utf8')) as {
      ports: { clickhouse: number };
      clickhousePassword: string;
    };
    const settings = 'database=streamlab&output_format_json_quote_64bit_integers=0';
    const response = await fetch(`http://127.0.0.1:${ports.clickhouse}/?${settings}`, {
      method: 'POST',
      headers: { 'X-ClickHouse-User': 'default', 'X-ClickHouse-Key': clickhousePassword },
      body: `${sql} FORMAT JSONCompact`,
    });
    return ((await response.json()) as { data: unknown[][] }).data;
  }

  describe('in ClickHouse', () => {
    test("the queues' lag is known for each of them, and is nothing once everything was read", async () => {
      await home.json(['produce', '--count', '3000', '--rate', '0', '--invalid', '10%']);
      await home.json(['verify']);
      const panels = panelQueries(readDashboard('pipeline'));
      const query = panels.find(({ name }) => name.startsWith('Lag of ClickHouse'))!.sql;
      const partitions = { agg_1m_queue: 4, dlq_queue: 4, alerts_queue: 1, dlq_replays_queue: 1 };
      const allRead = JSON.stringify(queues.map(({ table }) => [table, partitions[table], 0]).sort());
      const lag = async () =>
        (await ask(expand(query, { fromMs: 0, toMs: 0 }))).map((row) => row.slice(0, 3));
      // The consumers' statistics are up to 3 s old.
      await eventually(async () => JSON.stringify(await lag()) === allRead, 20_000);
    });

    test('a dead letter that the journal of replays names is outstanding no more', async () => {
      const places = await ask('SELECT kafka_partition, kafka_offset FROM dlq_latest ORDER BY ALL');
      const [partition, offset] = places[0] as [number, number];
      const kafka = new kafkajs.Kafka({
        brokers: [(await status()).services[0]!.endpoint!],
        logLevel: kafkajs.logLevel.NOTHING,
      });
      const producer = kafka.producer();
      await producer.connect();
      const key = JSON.stringify({ partition, offset });
      const value = JSON.stringify({ replay_id: 'r1', attempt: 1, replayed_at: Date.now(), repaired: true });
      await producer.send({ topic: topics.replays, messages: [{ key, value }] });
      await producer.disconnect();
      const outstanding = 'SELECT kafka_partition, kafka_offset FROM dlq_outstanding ORDER BY ALL';
      await eventually(async () => (await ask(outstanding)).length < places.length, 20_000);
      expect(await ask(outstanding)).toEqual(places.slice(1));
    });
  });

  describe('the console', () => {
    const health = async (): Promise<{ pid: number; collector: { written: number } }> => {
      const { stdout } = await home.cli(['open', 'console', '--print']);
      return (await fetch(`${stdout.trim()}/healthz`)).json() as ReturnType<typeof health>;
    };

    test('measures the pipeline: what the dashboard shows is what ClickHouse was told', async () => {
      const named = (title: string): string =>
        panelQueries(readDashboard('pipeline')).find(({ name }) => name === title)!.sql;
      const latest = async (title: string) => {
        const now = Date.now();
        const sql = expand(named(title), { fromMs: now - 60_000, toMs: now });
        return Number((await ask(sql))[0]?.[0] ?? NaN);
      };
      await eventually(async () => (await latest('Newest checkpoint')) >= 0, 30_000);
      expect(await latest('Newest checkpoint')).toBeLessThan(60);
      await eventually(async () => (await latest('Unread by the job')) === 0, 30_000);
      const raw =
        "SELECT argMax(value, at) FROM pipeline_metrics WHERE metric = 'kafka_end_offset' AND labels['topic'] =";
      expect(await ask(`${raw} '${topics.raw}'`)).toEqual([[3_000]]);
    });

    test('in the foreground measures nothing while that of the lab does, and ends at Ctrl-C', async () => {
      const { written } = (await health()).collector;
      const second = home.start(['console', '--json']);
      let said = '';
      second.stderr.on('data', (chunk: Buffer) => {
        said += chunk.toString();
      });
      await eventually(() => Promise.resolve(said.includes('Watching the lab')), 30_000);
      await eventually(async () => (await health()).collector.written > written, 20_000);
      second.kill('SIGINT');
      const { exitCode, stdout } = await second;
      expect(exitCode).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ lab: 'default', collector: { written: 0, dropped: 0 } });
      expect(said).toContain("The lab's own console is at");
    });

    test('that is killed is started again by up, and nothing else is', async () => {
      const before = pidsOf(await status());
      process.kill(before.console!, 'SIGKILL');
      await eventually(async () => (await status()).services.at(-1)?.state === 'stopped');
      expect((await status()).healthy).toBe(false);
      const { started } = await home.json<{ started: string[] }>(['up']);
      expect(started).toEqual(['console']);
      const { console: pid, ...others } = pidsOf(await status());
      expect(others).toEqual(
        Object.fromEntries(Object.entries(before).filter(([name]) => name !== 'console')),
      );
      expect((await health()).pid).toBe(pid);
    });
  });
}
