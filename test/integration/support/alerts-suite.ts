import { describe, expect, it } from 'vitest';
import type { DashboardLab } from './dashboard-lab.js';

const minute = 60_000;

/** @param windows starts of windows, from the oldest on, within the range of the dashboards */
export function describeAlerts(
  lab: DashboardLab,
  windows: readonly [number, number, number, ...number[]],
): void {
  describe('alerts', () => {
    const firing = (id: string, more: object = {}) => {
      const record = { alert_id: id, rule: 'revenue-drop', severity: 'critical', status: 'firing' };
      return { ...record, summary: 'it fell', labels: {}, value: 1.5, fired_at: windows[1], ...more };
    };
    const resolved = { status: 'resolved', summary: 'it is over', resolved_at: windows[1] + 90_000 };

    it('are listed once each, newest first, with what became of them', async () => {
      const records = [
        firing('a'),
        // The job, run again, writes the same once more.
        firing('a'),
        firing('a', resolved),
        firing('b', { fired_at: windows[2], rule: 'x'.repeat(10_000) }),
        firing('too old', { fired_at: windows[0] - minute }),
      ];
      const places = { kafka_topic: 'a', kafka_partition: 0, error: '', raw_message: '' };
      const rows = records.map((record, n) => ({ ...places, raw: JSON.stringify(record), kafka_offset: n }));
      await lab.insert('alerts_landing', rows);
      expect(await lab.rows('Alerts')).toMatchObject([
        { rule: 'x'.repeat(100), state: 'firing', lasted_s: null, summary: 'it fell' },
        { rule: 'revenue-drop', severity: 'critical', state: 'resolved', lasted_s: 90, summary: 'it fell' },
      ]);
    });
  });
}
