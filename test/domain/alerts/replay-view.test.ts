import { describe, expect, it } from 'vitest';
import type { AlertsReplay, Firing } from '../../../src/domain/alerts/firings.js';
import { parseAlertSpan } from '../../../src/domain/alerts/alert-span.js';
import { firingRows, replayLines } from '../../../src/domain/alerts/replay-view.js';
import { minute, MINUTE, T0 } from './support.js';

const firing: Firing = {
  ...{ alertId: 'spike-1', rule: 'spike', severity: 'warning', labels: { team: 'shop' } },
  ...{ startedAt: minute(4), firedAt: minute(5), resolvedAt: minute(6), resolution: 'recovered' },
  ...{ unit: 'share', value: 0.231, low: null, high: 0.05 },
  points: [
    [minute(3), 0],
    [minute(4), 0.231],
  ],
};
const recorded = {
  firedAt: minute(5),
  resolvedAt: minute(6),
  resolution: 'recovered',
  silenced: false,
} as const;
const replay = (of: Partial<AlertsReplay> = {}): AlertsReplay => ({
  ...{ file: 'rules.yaml', sinceMs: T0, untilMs: minute(60), firings: [], gone: [], recorded: 1 },
  windows: { count: 58, fromMs: T0, untilMs: minute(58) },
  comparison: { asItWas: 0, new: 0, gone: 0 },
  ...{ silent: [], notJudged: [] },
  ...of,
});

describe('the table of a replay', () => {
  it('is in order of time, with what was then', () => {
    const rows = firingRows(
      replay({
        firings: [
          { ...firing, comparison: 'as_it_was', recorded },
          {
            ...firing,
            firedAt: minute(50),
            resolvedAt: null,
            resolution: null,
            comparison: 'new',
            recorded: null,
          },
        ],
        gone: [
          { ...firing, firedAt: minute(7), resolvedAt: minute(7), resolution: 'corrected', silenced: true },
        ],
      }),
    );
    expect(rows[0]).toEqual([
      ...['2026-01-01 10:05', '10:06', 'as it was', 'warning', 'spike', 'team=shop'],
      ...['23.1%', 'at most 5%', '·▇'],
    ]);
    expect(rows.map(([, ends, then]) => `${ends!}: ${then!}`)).toEqual([
      '10:06: as it was',
      '10:07 corrected: gone; was silenced',
      'not yet: new',
    ]);
  });

  it('says where the same alert fired or ended at another minute', () => {
    const then = { ...recorded, firedAt: minute(4), resolvedAt: minute(16) };
    const [row] = firingRows(replay({ firings: [{ ...firing, comparison: 'as_it_was', recorded: then }] }));
    expect(row![2]).toBe('as it was; fired 10:04, resolved 10:16');
  });

  it('shows nothing of a record that a terminal would take for a command', () => {
    const [row] = firingRows(replay({ gone: [{ ...firing, rule: 'a\u001b[31m', labels: { x: '\u0007' } }] }));
    expect(row!.join('')).not.toMatch(/\p{Cc}/u);
  });
});

describe('the sum of a replay', () => {
  it('names what fired, what was silent, and what was not judged and why', () => {
    const lines = replayLines(
      replay({
        firings: [{ ...firing, comparison: 'new', recorded: null }],
        comparison: { asItWas: 0, new: 1, gone: 2 },
        silent: ['drop'],
        notJudged: [
          { rule: 'lag', why: 'not_recorded' },
          { rule: 'rise', why: 'disabled' },
        ],
      }),
    );
    expect(lines).toEqual([
      '58 windows were judged, from 2026-01-01 10:00 to 2026-01-01 10:58 UTC.',
      'By the rules of rules.yaml would have fired: spike 1.',
      'Silent: drop.',
      'Beside what was fired then: 0 as it was, 1 new, 2 gone.',
      'Not judged, as what Kafka and Flink said of themselves then is not recorded: lag.',
      'Not judged, as they are not enabled: rise.',
    ]);
  });

  it('says that nothing is recorded, and that nobody fired anything', () => {
    expect(replayLines(replay({ windows: { count: 0, fromMs: null, untilMs: null } }))).toEqual([
      'From 2026-01-01 10:00 to 2026-01-01 11:00 UTC nothing is recorded that could be judged: no window closed.',
    ]);
    expect(replayLines(replay({ recorded: 0 }))).toContain(
      'No alert of a dispatcher is recorded in that time, so there is nothing to compare with.',
    );
  });
});

describe('the span of a replay', () => {
  it('is read as that of dead letters is', () => {
    const since = new Date(minute(-60)).toISOString();
    expect(parseAlertSpan({ since: '6h' }, T0)).toEqual({ sinceMs: minute(-360), untilMs: T0 });
    expect(parseAlertSpan({ since, until: '10m' }, T0)).toEqual({
      sinceMs: minute(-60),
      untilMs: minute(-10),
    });
  });

  it.each([
    [{ since: 'yesterday' }, /^--since "yesterday": give a time/],
    [{ since: '1h', until: '2h' }, /^--until "2h": that is not after --since/],
    [{ since: '8d' }, /^--since "8d": dead letters are kept for a week/],
    [{ since: '0s' }, /^--since "0s": nothing can have happened since/],
    [{ since: new Date(T0 + MINUTE).toISOString() }, /: that lies in the future/],
  ])('is refused where it cannot be meant: %j', (flags, sentence) => {
    expect(() => parseAlertSpan(flags, T0)).toThrow(sentence);
  });
});
