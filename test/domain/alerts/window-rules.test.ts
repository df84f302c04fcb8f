import { describe, expect, it } from 'vitest';
import { minute, MINUTE, rules, Run, type WindowOf } from './support.js';

const bad = (count: number, reason = 'malformed_json'): WindowOf => ({
  views: 1_000 - count,
  letters: [{ reason, count }],
});
const calm: WindowOf = { views: 1_000, orders: 200, revenue: 10_000 };

describe('dlq_rate', () => {
  it('fires once when the share of a window is too high, says so, and resolves with the first good window', () => {
    const run = new Run(rules('name: spike, kind: dlq_rate, above: 5%, severity: critical'));
    expect(run.window(0, bad(50))).toEqual([]);
    run.window(1, bad(80));
    expect(run.window(2, bad(90))).toEqual([]);
    expect(run.story).toEqual(['firing spike']);
    expect(run.events[0]).toMatchObject({
      kind: 'firing',
      severity: 'critical',
      summary: 'Dead letters (any reason): 8%, more than 5%, since 10:01 UTC',
      startedAt: minute(1),
      firedAt: minute(2) + 10_000,
      evidence: {
        unit: 'share',
        value: 0.08,
        high: 0.05,
        points: [
          [minute(0), 0.05],
          [minute(1), 0.08],
        ],
      },
    });
    run.window(3, bad(2));
    expect(run.story).toEqual(['firing spike', 'resolved spike']);
    expect(run.events.at(-1)).toMatchObject({
      id: run.events[0]?.id,
      resolution: 'recovered',
      firedAt: minute(2) + 10_000,
      summary: 'spike is over after 2m: 0.2%, at most 5%',
    });
  });

  it('counts only the reasons of the rule, or each by itself', () => {
    const run = new Run(
      rules(
        'name: json, kind: dlq_rate, above: 20/min, reason: malformed_json',
        'name: fields, kind: dlq_rate, above: 20/min, reason: missing_field',
        'name: each, kind: dlq_rate, above: 20/min, by_reason: true',
      ),
    );
    run.window(0, {
      views: 10,
      letters: [
        { reason: 'missing_field:amount', count: 15 },
        { reason: 'missing_field:page', count: 15 },
        { reason: 'too_late', count: 30 },
      ],
    });
    expect(run.story).toEqual(['firing fields', 'firing each']);
    expect(run.events.at(-1)?.labels).toEqual({ reason: 'too_late' });
    run.window(1, calm);
    expect(run.story.slice(2)).toEqual(['resolved fields', 'resolved each']);
  });

  it('says nothing of a share of few, but that there is none', () => {
    const run = new Run(rules('name: spike, kind: dlq_rate, above: 5%, min_events: 100'));
    run.window(0, { views: 49, letters: [{ reason: 'too_late', count: 50 }] });
    expect(run.events).toEqual([]);
    run.window(1, bad(500));
    run.window(2, { views: 49, letters: [{ reason: 'too_late', count: 1 }] });
    expect(run.story).toEqual(['firing spike']);
    run.window(3, { views: 3 });
    expect(run.story).toEqual(['firing spike', 'resolved spike']);
  });

  it('does not take replayed events for input of the minute they fell into', () => {
    const run = new Run(rules('name: spike, kind: dlq_rate, above: 40%'));
    run.put(0, { views: 10_000, contribution: 'replay:r1' });
    run.window(0, { views: 100, letters: [{ reason: 'too_late', count: 100 }] });
    expect(run.story).toEqual(['firing spike']);
  });
});

describe('error_share', () => {
  it('is of each event type by itself', () => {
    const run = new Run(rules('name: refused, kind: error_share, above: 20%'));
    run.window(0, {
      views: 10_000,
      orders: 100,
      letters: [
        { reason: 'missing_field:amount', eventType: 'order_placed', count: 50 },
        { reason: 'invalid_field:page', eventType: 'page_view', count: 500 },
        { reason: 'malformed_json', count: 9_000 },
      ],
    });
    expect(run.story).toEqual(['firing refused']);
    expect(run.events[0]).toMatchObject({
      labels: { event_type: 'order_placed' },
      summary: '33.3% of order_placed are refused, more than 20%, since 10:00 UTC',
    });
  });
});

describe('revenue_anomaly', () => {
  const rule = 'name: revenue, kind: revenue_anomaly';
  const noise = [0, 300, -200, 100, -300, 200, -100, 50];
  const usual = (n: number): WindowOf => ({ ...calm, revenue: 10_000 + (noise[n % noise.length] ?? 0) });
  const warmed = (text = rule, windows = 10): Run => {
    const run = new Run(rules(text));
    for (let n = 0; n < windows; n++) run.window(n, usual(n));
    return run;
  };

  it('fires on a drop and on a rise, with band and change', () => {
    const run = warmed();
    run.window(10, { ...calm, revenue: 1_000 });
    for (let n = 11; n < 20; n++) run.window(n, usual(n));
    run.window(20, { ...calm, revenue: 40_000 });
    expect(run.story).toEqual(['firing revenue', 'resolved revenue', 'firing revenue']);
    expect(run.events[0]).toMatchObject({
      summary: 'Revenue a minute is 1000.00 (-90%), expected 7537.50 to 12562.50, since 10:10 UTC',
      evidence: { unit: 'money', value: 1_000, expected: 10_050 },
    });
  });

  it('fires only in the direction of the rule', () => {
    const run = warmed(`${rule}, direction: rise`);
    run.window(10, { ...calm, revenue: 1_000 });
    expect(run.events).toEqual([]);
    run.window(11, { ...calm, revenue: 40_000 });
    expect(run.story).toEqual(['firing revenue']);
  });

  it('knows nothing before min_windows, nor of fewer orders than min_events', () => {
    const run = warmed(rule, 5);
    run.window(5, { ...calm, revenue: 0 });
    expect(run.events).toEqual([]);
    const few = warmed(`${rule}, min_events: 300`);
    few.window(10, { ...calm, revenue: 0 });
    expect(few.events).toEqual([]);
  });

  it('takes neither a minute without traffic, nor one in which it began or ended, for a drop', () => {
    const run = warmed();
    run.put(10, { ...calm, revenue: 4_000 });
    run.put(11, { letters: [{ reason: 'malformed_json', count: 10 }] });
    // The watermark stands still until something comes again.
    run.put(20, { ...calm, revenue: 3_000 });
    run.close(19);
    for (let n = 20; n < 25; n++) run.window(n, n === 20 ? {} : usual(n));
    expect(run.events).toEqual([]);
    run.window(25, { ...calm, revenue: 3_000 });
    expect(run.events.at(-1)?.evidence).toMatchObject({ value: 3_000, expected: 10_050 });
    const points = run.events.at(-1)?.evidence.points ?? [];
    expect(points.filter(([, value]) => value === null).map(([at]) => at)).toEqual(
      [0, 10, 11, 20].map(minute),
    );
  });

  it('does not take a lasting drop for the rule before half of the windows have it', () => {
    const run = warmed(`${rule}, windows: 10`, 20);
    for (let n = 20; n < 25; n++) run.window(n, { ...calm, revenue: 1_000 });
    expect(run.story).toEqual(['firing revenue']);
    for (let n = 25; n < 40; n++) run.window(n, { ...calm, revenue: 1_000 });
    expect(run.story).toEqual(['firing revenue', 'resolved revenue']);
  });

  it('is taken back when what came late makes up for it, and does not fire for what came late', () => {
    const run = warmed();
    run.window(10, { ...calm, revenue: 1_000 });
    run.put(10, { orders: 190, revenue: 9_000, contribution: 'late' });
    expect(run.story).toEqual(['firing revenue', 'resolved revenue']);
    expect(run.events.at(-1)).toMatchObject({
      resolution: 'corrected',
      summary: 'revenue was nothing: what came late made up for it; now 10000.00, 7537.50 to 12562.50',
    });
    run.put(9, { orders: 190, revenue: 90_000, contribution: 'replay:r1' });
    run.window(11, usual(11));
    expect(run.story).toEqual(['firing revenue', 'resolved revenue']);
  });

  it('waits for what comes late if the rule says so', () => {
    const run = warmed(`${rule}, wait_for_late: 1m`);
    run.window(10, { ...calm, revenue: 1_000 });
    run.put(10, { orders: 190, revenue: 9_000, contribution: 'late' });
    run.window(11, usual(11));
    run.window(12, usual(12));
    expect(run.events).toEqual([]);
  });
});

describe('zero_traffic of a type', () => {
  it('fires when it has been away for as long as the rule says while others come, in minutes of event time', () => {
    const run = new Run(rules('name: none, kind: zero_traffic, event_type: order_placed, for: 3m'));
    for (let n = 0; n < 3; n++) run.window(n, { views: 5 });
    run.window(3, calm);
    run.window(4, { views: 5 });
    run.window(5, { views: 5 });
    expect(run.story).toEqual([]);
    run.window(6, { views: 5 });
    expect(run.story).toEqual(['firing none']);
    expect(run.events.at(-1)?.summary).toBe('No order_placed for 3 min, since 10:04 UTC');
    run.window(7, calm);
    expect(run.story).toEqual(['firing none', 'resolved none']);
  });
});

describe('windows', () => {
  const spike = 'name: spike, kind: dlq_rate, above: 5%';

  it('are judged only once the watermark has passed their end', () => {
    const run = new Run(rules(spike));
    run.put(0, bad(500));
    run.give({ kind: 'watermark', watermark: minute(1) - 1 }, minute(1));
    expect(run.events).toEqual([]);
    run.give({ kind: 'watermark', watermark: minute(1) }, minute(1));
    expect(run.story).toEqual(['firing spike']);
  });

  it('have to be bad one after the other for as long as the rule says', () => {
    const run = new Run(rules(`${spike}, for: 3m`));
    for (const [n, of] of [bad(500), bad(500), calm, bad(500), bad(500)].entries()) run.window(n, of);
    expect(run.events.map(({ kind }) => kind)).toEqual(['pending', 'cleared', 'pending']);
    run.window(5, bad(500));
    expect(run.story).toEqual(['firing spike']);
    expect(run.events.at(-1)?.startedAt).toBe(minute(3));
  });

  it('have to be good for as long as the rule says before it resolves', () => {
    const run = new Run(rules(`${spike}, keep_firing_for: 2m`));
    for (const [n, of] of [bad(500), calm, bad(500), calm].entries()) run.window(n, of);
    expect(run.story).toEqual(['firing spike']);
    run.window(4, calm);
    expect(run.story).toEqual(['firing spike', 'resolved spike']);
  });

  it('that were good are not made bad by what comes late, so that they bring no alert nearer', () => {
    const run = new Run(rules(`${spike}, for: 3m`));
    run.window(0, calm);
    run.window(1, bad(500));
    run.put(0, { letters: [{ reason: 'malformed_json', count: 900 }] });
    run.put(1, { letters: [{ reason: 'malformed_json', count: 10 }] });
    run.window(2, bad(500));
    expect(run.story).toEqual([]);
    run.window(3, bad(500));
    expect(run.events.at(-1)).toMatchObject({ kind: 'firing', startedAt: minute(1) });
  });

  it('that turn out to be good shorten what is pending', () => {
    const run = new Run(rules(`${spike}, for: 3m`));
    run.window(0, bad(60));
    run.window(1, bad(500));
    run.put(0, { views: 100_000, contribution: 'late' });
    run.window(2, bad(500));
    expect(run.story).toEqual([]);
    run.window(3, bad(500));
    expect(run.events.at(-1)).toMatchObject({ kind: 'firing', startedAt: minute(1) });
  });

  it('that turn out to be good end an alert only if no bad one follows them', () => {
    const fired = (): Run => {
      const run = new Run(rules(spike));
      run.window(0, bad(60));
      run.window(1, bad(60));
      return run;
    };
    const first = fired();
    first.put(0, { views: 100_000, contribution: 'late' });
    expect(first.story).toEqual(['firing spike']);
    const last = fired();
    last.put(1, { views: 100_000, contribution: 'late' });
    expect(last.events.at(-1)).toMatchObject({ kind: 'resolved', resolution: 'recovered' });
    first.put(1, { views: 100_000, contribution: 'late' });
    expect(first.events.at(-1)).toMatchObject({ kind: 'resolved', resolution: 'corrected' });
  });

  it('do not fire again within the cooldown, and do after it if they are bad still', () => {
    const run = new Run(rules(`${spike}, cooldown: 4m`));
    run.window(0, bad(500));
    run.window(1, calm);
    for (let n = 2; n < 5; n++) run.window(n, bad(500));
    expect(run.story).toEqual(['firing spike', 'resolved spike']);
    run.window(5, bad(500));
    expect(run.story).toEqual(['firing spike', 'resolved spike', 'firing spike']);
    expect(run.events.at(-1)?.startedAt).toBe(minute(2));
  });

  it('that go to and fro make one alert that flaps', () => {
    const run = new Run(rules(`${spike}, cooldown: 0s`));
    for (let n = 0; n < 20; n++) run.window(n, n % 2 === 0 ? bad(500) : calm);
    expect(run.story).toHaveLength(5);
    expect(run.events.at(-1)).toMatchObject({ kind: 'firing', flapping: true });
    for (let n = 20; n < 29; n++) run.window(n, calm);
    expect(run.story.at(-1)).toBe('resolved spike');
  });

  it('of history fire nothing, and what is bad thereafter does', () => {
    const quiet = new Run(rules(spike), minute(5));
    for (let n = 0; n < 5; n++) quiet.window(n, bad(500));
    expect(quiet.events).toEqual([]);
    quiet.window(5, bad(500));
    expect(quiet.story).toEqual(['firing spike']);
  });

  it('that are forgotten stay so: what comes for them is no window of its own', () => {
    const run = new Run(rules(spike));
    run.window(0, calm);
    run.window(200, calm);
    run.put(0, { letters: [{ reason: 'malformed_json', count: 500 }] });
    expect(run.state.windows[minute(0)]).toBeUndefined();
    run.close(201);
    expect(run.events).toEqual([]);
    expect(Object.keys(run.state.windows)).toEqual([String(minute(200))]);
    expect(run.state.forgottenBefore).toBe(minute(202) - 60 * MINUTE);
  });
});

it('event types that somebody made up do not fill the state', () => {
  const run = new Run(rules('name: dl, kind: dlq_rate, above: 5%'), 0, false);
  run.put(0, {
    letters: Array.from({ length: 1_000 }, (_, n) => ({
      reason: 'unknown_type',
      eventType: `${n}${'x'.repeat(10_000)}`,
      count: 1,
    })),
  });
  expect(JSON.stringify(run.state).length).toBeLessThan(100_000);
});
