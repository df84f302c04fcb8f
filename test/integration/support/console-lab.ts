import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import kafkajs from 'kafkajs';
import type { Dashboard } from '../../../src/domain/console/dashboard.js';
import { topics } from '../../../src/domain/topics.js';
import { ConsoleBrowser } from './browser.js';
import { TestHome, type Status } from './cli.js';
import { eventually } from './clickhouse-daemon.js';
import { putLetter } from './hand-letters.js';

const html = '<img src=x onerror="hacked=1"><script>hacked=1</script>';
const escapes = '\u001b[31mred\u202eback';
export const asShown = '\\u001b[31mred\\u202eback';
/** What a record may hold, and how the page is to show it. */
export const hostile = `${html}${escapes}`;
export const shown = `${html}${asShown}`;

/** A lab that has had traffic and hostile records, and a browser to look at its console with. */
export class ConsoleLab {
  readonly home = new TestHome({ STREAMLAB_CHECKPOINT_INTERVAL: '1s' });
  readonly browser = new ConsoleBrowser(() => this.url);
  url = '';
  dashboards: Dashboard[] = [];
  /** Of all dashboards that are compared: nothing of it changes any more. */
  range = { fromMs: 0, toMs: 1 };

  get rangeQuery(): string {
    return `?from=${this.range.fromMs}&to=${this.range.toMs}&refresh=`;
  }

  async start(): Promise<void> {
    const { home } = this;
    const up = await home.cli(['up']);
    if (up.exitCode !== 0) throw new Error(up.stderr);
    this.url = (await home.cli(['open', 'console', '--print'])).stdout.trim();
    const broker = (await home.json<Status>(['status'])).services[0]!.endpoint!;
    const traffic = ['--rate', '400', '--count', '4000', '--late', '5%', '--too-late', '5%'];
    const faults = ['--duplicates', '3%', '--invalid', '5%', '--seed', '7'];
    await home.json(['produce', ...traffic, ...faults]);
    await putRaw(broker, JSON.stringify({ event_id: hostile, event_type: hostile, user_id: hostile }));
    await home.json(['verify', '--wait', '1m']);
    await putLetter(broker, handWritten());
    // Results are in ClickHouse a moment after they are on the topic; measurements come every 5 s.
    const { total } = await home.json<{ total: number }>(['dlq', 'stats']);
    const letters = async () => (await this.ask('SELECT count() FROM dlq_latest'))[0]?.[0];
    await eventually(async () => Number(await letters()) === total, 30_000);
    await new Promise((resolve) => setTimeout(resolve, 6_000));
    this.range = { fromMs: Date.now() - 30 * 60_000, toMs: Date.now() - 1_000 };
    this.dashboards = (await (await fetch(`${this.url}/api/dashboards`)).json()) as Dashboard[];
    await this.browser.start();
  }

  async end(): Promise<void> {
    await this.browser.close();
    await this.home.end();
  }

  /** Straight from ClickHouse. */
  async ask(sql: string): Promise<unknown[][]> {
    const labFile = join(this.home.stateHome, 'streamlab', 'labs', 'default', 'lab.json');
    const { ports, clickhousePassword } = JSON.parse(await readFile(labFile, 'utf8')) as {
      ports: { clickhouse: number };
      clickhousePassword: string;
    };
    const settings = new URLSearchParams({
      database: 'streamlab',
      output_format_json_quote_64bit_integers: '1',
      output_format_json_quote_decimals: '1',
      date_time_output_format: 'unix_timestamp',
    });
    const response = await fetch(`http://127.0.0.1:${ports.clickhouse}/?${settings.toString()}`, {
      method: 'POST',
      headers: { 'X-ClickHouse-User': 'default', 'X-ClickHouse-Key': clickhousePassword },
      body: `${sql} FORMAT JSONCompact`,
    });
    const text = await response.text();
    if (!response.ok) throw new Error(text);
    return (JSON.parse(text) as { data: unknown[][] }).data;
  }
}

async function putRaw(broker: string, value: string): Promise<void> {
  const { Kafka, logLevel } = kafkajs;
  const producer = new Kafka({ brokers: [broker], logLevel: logLevel.NOTHING }).producer();
  await producer.connect();
  await producer.send({ topic: topics.raw, messages: [{ key: hostile, value }] });
  await producer.disconnect();
}

function handWritten(): { key: string; value: Buffer } {
  const now = Date.now();
  const says = {
    reason: `by hand ${hostile}`,
    verdict: 'invalid',
    event_id: hostile,
    event_type: hostile,
    event_time: now - 60_000,
    watermark: now - 30_000,
    payload: JSON.stringify({ page: html }).replace('<img', `${escapes}<img`),
    source_topic: topics.raw,
    source_partition: 0,
    source_offset: 0,
    source_timestamp: now - 60_000,
    failed_at: now - 50_000,
    attempt: 1,
  };
  return { key: hostile, value: Buffer.from(JSON.stringify(says)) };
}
