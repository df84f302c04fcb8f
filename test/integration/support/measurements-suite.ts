import { beforeAll, describe, expect, it } from 'vitest';
import { millis, type DashboardLab } from './dashboard-lab.js';
import type { Surroundings } from './grafana.js';

/** What the dashboards show of the collector's measurements, some of which are put in first. */
export function describeMeasurements(lab: DashboardLab, range: Surroundings): void {
  describe('with measurements', () => {
    const minute = 60_000;
    /** Start of the window that is open. */
    const open = range.toMs - minute;
    const at = open - 30_000;
    const group = (name: string, partition: string) => ({ group: name, topic: 't', partition });
    const sample = (ms: number, metric: string, value: number, labels: Record<string, string> = {}) => ({
      at: millis(ms),
      metric,
      labels,
      value,
    });

    beforeAll(async () => {
      await lab.insert('pipeline_metrics', [
        ...[0, 1].map((n) => sample(at, 'kafka_lag_records', 10 + n, group('streamlab-flink', String(n)))),
        ...[0, 1].map((n) => sample(at + 5_000, 'kafka_lag_records', n, group('streamlab-flink', String(n)))),
        sample(at + 5_000, 'kafka_lag_records', 7, group('other', '0')),
        ...[0, 1].map((n) =>
          sample(at + 5_000, 'kafka_lag_seconds', 2 * n, group('streamlab-flink', String(n))),
        ),
        sample(at, 'kafka_unread_records', 50, { group: 'streamlab-flink' }),
        sample(at + 5_000, 'kafka_unread_records', 40, { group: 'streamlab-flink' }),
        sample(at + 5_000, 'watermark_lag_seconds', 6.5),
        sample(at + 5_000, 'watermark_lag_seconds', 60, { partition: '1' }),
        sample(at + 5_000, 'end_to_end_latency_seconds', 3.25),
        sample(at + 5_000, 'checkpoint_age_seconds', 1.5),
        sample(at + 5_000, 'checkpoints_failed', 2),
        sample(at + 5_000, 'checkpoint_duration_ms', 120),
        sample(at + 5_000, 'checkpoint_size_bytes', 1_000_000),
        sample(at, 'hop_rate', 100, { hop: 'raw_in' }),
        sample(at + 1_000, 'hop_rate', 300, { hop: 'raw_in' }),
        sample(at + 5_000, 'hop_rate', 5, { hop: 'dlq_out' }),
        sample(at + 5_000, 'verdict_rate', 4, { verdict: 'late' }),
        sample(at + 5_000, 'operator_busy', 0.5, { operator: 'source' }),
        sample(at + 5_000, 'operator_backpressured', 0.25, { operator: 'source' }),
      ]);
    });

    it('says how it is by the newest look, and nothing when that is more than a minute ago', async () => {
      const figures = {
        'Unread by the job': 40,
        'Lag of the job': 2,
        'End to end': 3.25,
        'Newest checkpoint': 1.5,
        'Failed checkpoints': 2,
      };
      for (const [name, value] of Object.entries(figures)) {
        expect(await lab.value(name, { ...range, toMs: open }), name).toBe(value);
        expect(await lab.value(name, { ...range, toMs: open + 2 * minute }), name).toBe(null);
      }
      expect(await lab.rows('Partitions', { ...range, toMs: open })).toEqual([
        { consumer_group: 'streamlab-flink', topic: 't', partition: '1', records: 1, seconds: 2 },
        { consumer_group: 'streamlab-flink', topic: 't', partition: '0', records: 0, seconds: 0 },
        { consumer_group: 'other', topic: 't', partition: '0', records: 7, seconds: null },
      ]);
    });

    it('draws a point for 5 s, or for more where the time range is long', async () => {
      const time = millis(at);
      expect(await lab.rows('Throughput per hop')).toEqual([
        { time, hop: 'raw_in', per_second: 200 },
        { time: millis(at + 5_000), hop: 'dlq_out', per_second: 5 },
      ]);
      const day = { fromMs: at - 86_400_000, toMs: at + minute };
      const step = Math.trunc((day.toMs - day.fromMs) / 600);
      const times = (await lab.rows('Lag in records', day)).map(({ time }) => Date.parse(`${String(time)}Z`));
      expect(times.map((time) => time % step)).toEqual(times.map(() => 0));
      expect(await lab.rows('Lag in records')).toEqual([
        { time, consumer_group: 'streamlab-flink', records: 21 },
        { time: millis(at + 5_000), consumer_group: 'other', records: 7 },
        { time: millis(at + 5_000), consumer_group: 'streamlab-flink', records: 1 },
      ]);
      expect(await lab.rows('Lag in seconds', { ...range, chosen: { group: ['streamlab-flink'] } })).toEqual([
        { time: millis(at + 5_000), consumer_group: 'streamlab-flink', seconds: 2 },
      ]);
      expect(await lab.rows('group')).toEqual([
        { consumer_group: 'other' },
        { consumer_group: 'streamlab-flink' },
      ]);
    });
  });
}
