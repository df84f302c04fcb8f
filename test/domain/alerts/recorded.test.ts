import { describe, expect, it } from 'vitest';
import { recordOf } from '../../../src/domain/alerts/events.js';
import { compared, Firings, type Firing } from '../../../src/domain/alerts/firings.js';
import type { AggregateSeen, LetterSeen } from '../../../src/domain/alerts/inputs.js';
import {
  judgeable,
  judgedFrom,
  knownFrom,
  RecordedWindows,
  type RecordedSpan,
} from '../../../src/domain/alerts/recorded.js';
import type { AlertRule } from '../../../src/domain/alerts/rule.js';
import { minute, MINUTE, rules, Run, storyOf, T0 } from './support.js';

const all = { fromMs: 0, untilMs: minute(10_000), windowMs: MINUTE };
const drop = 'name: drop, kind: revenue_anomaly, direction: drop, windows: 5, cooldown: 0s';
const spike = 'name: spike, kind: dlq_rate, above: 10%, cooldown: 0s';

interface MinuteOf {
  orders?: number;
  /** That came late. */
  late?: number;
  replayed?: number;
  letters?: number;
}
type Minutes = readonly (readonly [n: number, of: MinuteOf])[];
const calm = (from: number, to: number): Minutes =>
  Array.from({ length: to - from }, (_, index) => [from + index, {}] as const);

let place = 0;
function totals(n: number, contribution: string, orders: number): AggregateSeen {
  const key = { windowStart: minute(n), eventType: 'order_placed', channel: 'web', contribution };
  return { ...key, partition: n % 4, offset: place++, events: orders, cents: orders * 2_000 };
}
function aggregatesOf([n, { orders = 100, late = 0, replayed = 0 }]: Minutes[number]): AggregateSeen[] {
  return [totals(n, 'on_time', orders), totals(n, 'late', late), totals(n, 'replay:r', replayed)].filter(
    ({ events }) => events > 0,
  );
}
function lettersOf([n, { letters = 0 }]: Minutes[number]): LetterSeen[] {
  return Array.from({ length: letters }, (_, index) => ({
    ...{ partition: index % 4, offset: place++, at: minute(n) + index, reason: 'malformed_json' },
    eventType: null,
  }));
}

function recordedOf(minutes: Minutes, span: Partial<RecordedSpan> = {}): RecordedWindows {
  const windows = new RecordedWindows({ ...all, ...span });
  // As topics give them: partition by partition, and so without regard to time.
  const records = minutes.flatMap(aggregatesOf).toSorted((a, b) => a.partition - b.partition);
  windows.addAggregates(records);
  windows.addLetters(minutes.flatMap(lettersOf).toReversed());
  return windows;
}

function judged(windows: RecordedWindows, by: readonly AlertRule[], quietUntil = 0): Run {
  const run = new Run(by, quietUntil);
  for (const input of windows.inputs()) run.give(input, T0);
  return run;
}
function firingsOf(run: Run): Firing[] {
  const firings = new Firings(MINUTE);
  for (const event of run.events) {
    const record = recordOf(event);
    if (record !== undefined) firings.add(record);
  }
  return firings.all;
}

describe('what is recorded', () => {
  it('fires and resolves the alerts that the dispatcher did, by the same ids, and at the same windows', () => {
    const by = rules(
      drop,
      spike,
      'name: long, kind: dlq_rate, above: 1%, for: 2m, wait_for_late: 60s, cooldown: 0s',
    );
    const minutes: Minutes = [
      ...calm(0, 7),
      [7, { letters: 40 }],
      [8, { letters: 5 }],
      ...calm(9, 12),
      [12, { orders: 20, letters: 90 }],
      [13, { orders: 30, letters: 90 }],
      ...calm(14, 19),
    ];
    // The dispatcher saw each minute grow, and the watermark behind it.
    const live = new Run(by);
    for (const [n, of] of minutes) {
      const { orders = 100, letters = 0 } = of;
      live.put(n, { orders: 1, revenue: 20 });
      live.close(n - 1);
      live.put(n, {
        orders,
        revenue: orders * 20,
        letters: letters === 0 ? [] : [{ reason: 'malformed_json', count: letters }],
      });
    }
    const replayed = firingsOf(judged(recordedOf(minutes), by));
    expect(replayed.map(({ rule }) => rule).sort()).toEqual(['drop', 'long', 'long', 'spike', 'spike']);
    expect(replayed).toEqual(firingsOf(live));
    expect(replayed[0]).toMatchObject({
      ...{ rule: 'spike', startedAt: minute(7), firedAt: minute(8), resolvedAt: minute(9) },
      ...{ value: 40 / 140, high: 0.1 },
    });
  });

  it('says nothing of the last minute, which nothing closed', () => {
    const minutes: Minutes = [...calm(0, 7), [7, { orders: 5 }]];
    expect(judged(recordedOf(minutes), rules(drop)).story).toEqual([]);
    expect(judged(recordedOf([...minutes, [8, {}]]), rules(drop)).story).toEqual(['firing drop']);
  });

  it('does not take a minute in which traffic ended for a drop', () => {
    const minutes: Minutes = [...calm(0, 7), [7, { orders: 50 }], ...calm(20, 22)];
    expect(judged(recordedOf(minutes), rules(drop)).story).toEqual([]);
  });

  it('tells what came late after the minute was judged, and it resolves as corrected', () => {
    const minutes: Minutes = [...calm(0, 7), [7, { orders: 20, late: 80 }], ...calm(8, 10)];
    const [firing, ...others] = firingsOf(judged(recordedOf(minutes), rules(drop)));
    expect(firing).toMatchObject({ startedAt: minute(7), resolution: 'corrected' });
    expect(others).toEqual([]);
    const waits = rules(`${drop}, wait_for_late: 60s`);
    expect(judged(recordedOf(minutes), waits).story).toEqual([]);
  });

  it('leaves out what a replay brought, which was not there then', () => {
    const minutes: Minutes = [...calm(0, 7), [7, { orders: 20, replayed: 80 }], ...calm(8, 10)];
    expect(judged(recordedOf(minutes), rules(drop)).story).toEqual(['firing drop', 'resolved drop']);
  });

  it('takes the last totals of a key', () => {
    const windows = recordedOf([...calm(0, 7), [7, { orders: 20 }]]);
    windows.addAggregates([totals(7, 'on_time', 100), totals(8, 'on_time', 1)]);
    expect(judged(windows, rules(drop)).story).toEqual([]);
  });

  it('keeps counts of letters and not the letters, whatever event types they claim', () => {
    const windows = recordedOf(calm(0, 2));
    for (let index = 0; index < 1_000; index++)
      windows.addLetters([
        {
          ...{ partition: 0, offset: index, at: minute(0) + index, reason: 'invalid_field:event_type' },
          eventType: `type-${String(index)}`,
        },
      ]);
    const letters = [...windows.inputs()].flatMap((input) => (input.kind === 'letters' ? input.letters : []));
    expect(letters).toMatchObject([{ count: 1_000, eventType: null, at: minute(0) }]);
  });

  it('ends where it is told to, and what comes next closes the last window', () => {
    const minutes: Minutes = [...calm(0, 7), [7, { letters: 40 }], [8, { letters: 40 }], ...calm(9, 11)];
    const windows = recordedOf(minutes, { untilMs: minute(8) + 30_000 });
    expect(judged(windows, rules(spike)).story).toEqual(['firing spike']);
    expect(windows.closedSince(minute(5))).toEqual({ count: 3, fromMs: minute(5), untilMs: minute(8) });
    expect(recordedOf([]).closedSince(0)).toEqual({ count: 0, fromMs: null, untilMs: null });
  });
});

describe('the beginning of a span', () => {
  const by = rules(spike, `${drop.replace('windows: 5', 'windows: 90')}, for: 2h`);

  it('knows the hour before, or as long as a rule asks for, and what that is compared with', () => {
    const since = minute(1_000);
    expect(judgedFrom(rules(spike), since)).toBe(since - 60 * MINUTE);
    expect(judgedFrom(by, since)).toBe(since - 120 * MINUTE);
    expect(knownFrom(by, since, MINUTE)).toBe(since - 92 * MINUTE);
    expect(judgedFrom(by, MINUTE)).toBe(0);
  });

  it('keeps the id of what began before, and is neither new nor gone', () => {
    const minutes: Minutes = [
      ...calm(0, 5),
      ...calm(5, 12).map(([n]) => [n, { letters: 40 }] as const),
      ...calm(12, 14),
    ];
    const windows = recordedOf(minutes);
    const fired = firingsOf(judged(windows, rules(spike)));
    expect(fired).toHaveLength(1);
    const { firings, gone } = compared(fired, fired, windows.closedSince(minute(8)));
    expect([firings, gone]).toEqual([[], []]);
  });
});

describe('beside what was fired then', () => {
  const minutes: Minutes = [
    ...calm(0, 7),
    [7, { letters: 20 }],
    ...calm(8, 12),
    [12, { letters: 90 }],
    ...calm(13, 15),
  ];
  const windows = recordedOf(minutes);
  const span = windows.closedSince(0);
  const by = (above: string): Firing[] =>
    firingsOf(judged(windows, rules(`name: spike, kind: dlq_rate, above: ${above}, cooldown: 0s`)));

  it.each([
    ['10%', '10%', { asItWas: 2, new: 0, gone: 0 }],
    ['10%', '30%', { asItWas: 1, new: 0, gone: 1 }],
    ['30%', '10%', { asItWas: 1, new: 1, gone: 0 }],
    ['60%', '10%', { asItWas: 0, new: 2, gone: 0 }],
  ])('with %s then and %s now, an id that both have is as it was', (then, now, expected) => {
    expect(compared(by(now), by(then), span).comparison).toEqual(expected);
  });

  it('has the rules that no topic says anything of, and those that are off, aside', () => {
    const file = rules(
      spike,
      'name: lag, kind: consumer_lag, above: 60s',
      'name: none, kind: zero_traffic',
      `${drop}, enabled: false`,
    );
    const { judged: found, notJudged } = judgeable(file);
    expect(found.map(({ name }) => name)).toEqual(['spike']);
    expect(notJudged).toEqual([
      { rule: 'lag', why: 'not_recorded' },
      { rule: 'none', why: 'not_recorded' },
      { rule: 'drop', why: 'disabled' },
    ]);
  });

  it('does not compare alerts about the lab itself', () => {
    const run = new Run(rules('name: lag, kind: consumer_lag, above: 60s'));
    run.sample(minute(1), { lags: [{ group: 'g', seconds: 100 }] });
    expect(storyOf(run.events)).toEqual(['firing lag']);
    expect(firingsOf(run)).toEqual([]);
  });
});
