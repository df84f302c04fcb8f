import { describe, expect, it } from 'vitest';
import { dedupeKeyOf, groupKeyOf } from '../../../src/domain/alerts/events.js';
import { isSilenced } from '../../../src/domain/alerts/silences.js';
import { minute, rules, Run, T0 } from './support.js';

const second = (n: number): number => T0 + n * 1_000;

describe('consumer_lag', () => {
  it('fires for the group that is behind for long enough by the clock, and resolves', () => {
    const run = new Run(rules('name: lag, kind: consumer_lag, above: 30s, for: 10s'));
    const lags = (a: number | null) => ({
      lags: [
        { group: 'a', seconds: a },
        { group: 'b', seconds: 1 },
      ],
    });
    run.sample(second(0), lags(31));
    run.sample(second(5), lags(40));
    expect(run.story).toEqual([]);
    run.sample(second(10), lags(45));
    expect(run.events.at(-1)).toMatchObject({
      kind: 'firing',
      labels: { group: 'a' },
      startedAt: second(0),
      summary: 'a is 45s behind, more than 30s',
    });
    run.sample(second(15), lags(null));
    run.sample(second(20));
    expect(run.story).toEqual(['firing lag']);
    run.sample(second(25), lags(3));
    expect(run.story).toEqual(['firing lag', 'resolved lag']);
  });

  it('does not count a time nobody looked at as bad', () => {
    const run = new Run(rules('name: lag, kind: consumer_lag, above: 30s, for: 2m'));
    const lags = [{ group: 'a', seconds: 60 }];
    run.sample(minute(0), { lags });
    run.sample(minute(60), { lags });
    expect(run.story).toEqual([]);
    run.sample(minute(61), { lags });
    run.sample(minute(62), { lags });
    expect(run.story).toEqual(['firing lag']);
  });
});

describe('watermark_lag', () => {
  it('is behind the newest record, so that a lab without traffic is not behind', () => {
    const run = new Run(rules('name: mark, kind: watermark_lag, above: 2m'));
    run.sample(minute(30), { watermark: minute(1), newestRecordAt: minute(1) + 5_000 });
    expect(run.story).toEqual([]);
    run.sample(minute(31), { watermark: minute(1), newestRecordAt: minute(31) });
    expect(run.story).toEqual(['firing mark']);
    expect(run.events[0]?.summary).toBe('The watermark is 30m behind, more than 2m');
  });
});

describe('counters', () => {
  it('fire for what is added, not for what was there before the first look', () => {
    const run = new Run(
      rules('name: restarts, kind: job_restarts, above: 0, within: 5m, severity: critical'),
    );
    run.sample(minute(0), { restarts: 7 });
    expect(run.story).toEqual([]);
    run.sample(minute(1), { restarts: 8 });
    expect(run.events.at(-1)).toMatchObject({
      kind: 'firing',
      summary: 'The job restarted 1 times within 5m, more than 0',
    });
    run.sample(minute(4), { restarts: null });
    run.sample(minute(5), { restarts: 8 });
    expect(run.story).toEqual(['firing restarts']);
    run.sample(minute(6), { restarts: 8 });
    expect(run.story).toEqual(['firing restarts', 'resolved restarts']);
  });

  it('begin at 0 again with another job', () => {
    const run = new Run(rules('name: failures, kind: checkpoint_failures, above: 2, within: 10m'));
    run.sample(minute(0), { checkpointsFailed: 5 });
    run.sample(minute(1), { checkpointsFailed: 0, jobId: 'other' });
    run.sample(minute(2), { checkpointsFailed: 2, jobId: 'other' });
    expect(run.story).toEqual([]);
    run.sample(minute(3), { checkpointsFailed: 6, jobId: 'third' });
    expect(run.story).toEqual(['firing failures']);
    expect(run.events[0]?.evidence.value).toBe(8);
  });
});

describe('zero_traffic', () => {
  const text = 'name: silent, kind: zero_traffic, for: 5m';

  it('fires when nothing came for so long by the clock, since the last record', () => {
    const run = new Run(rules(text));
    run.sample(minute(0), { newestRecordAt: null });
    run.sample(minute(9), { newestRecordAt: minute(5) });
    expect(run.events).toEqual([]);
    run.sample(minute(10), { newestRecordAt: minute(5) });
    expect(run.events.at(-1)).toMatchObject({ kind: 'firing', startedAt: minute(5) });
    expect(run.events.at(-1)?.summary).toBe('No events for 5 min, since 10:05 UTC');
    run.sample(minute(11), { newestRecordAt: minute(11) });
    expect(run.story).toEqual(['firing silent', 'resolved silent']);
  });

  it('does not fire for a silence from before the first start', () => {
    const run = new Run(rules(text), minute(60));
    run.sample(minute(60), { newestRecordAt: minute(5) });
    run.sample(minute(70), { newestRecordAt: minute(5) });
    expect(run.events).toEqual([]);
    run.sample(minute(71), { newestRecordAt: minute(71) });
    run.sample(minute(76), { newestRecordAt: minute(71) });
    expect(run.story).toEqual(['firing silent']);
  });
});

describe('a silence', () => {
  const lag = (name: string): string => `name: ${name}, kind: watermark_lag, above: 1m`;
  const behind = (at: number) => ({ watermark: at - 120_000 });
  const silence = (rule: string, until: number) =>
    ({ kind: 'silences', silences: [{ rule, labels: {}, from: T0, until, comment: '' }] }) as const;

  it('marks what is not to be sent, and what still fires is told when it is over', () => {
    const run = new Run(rules(lag('mark'), lag('other')));
    run.give(silence('mark', minute(60)), minute(0));
    run.sample(minute(1), behind(minute(1)));
    expect(run.events.map(({ rule, silenced }) => [rule, silenced])).toEqual([
      ['mark', true],
      ['other', false],
    ]);
    expect(run.give({ kind: 'tick' }, minute(59))).toEqual([]);
    const [told, ...more] = run.give({ kind: 'tick' }, minute(60));
    expect(more).toEqual([]);
    expect(told).toMatchObject({ kind: 'unsilenced', id: run.events[0]?.id, silenced: false });
    expect(run.give({ kind: 'tick' }, minute(61))).toEqual([]);
    expect(run.state.silences).toEqual([]);
  });

  it('of an alert that nobody was told of covers its end too', () => {
    const run = new Run(rules(lag('mark')));
    run.give(silence('*', minute(2)), minute(0));
    run.sample(minute(1), behind(minute(1)));
    run.sample(minute(1) + 5_000, { watermark: minute(1) });
    run.give({ kind: 'tick' }, minute(3));
    expect(run.events.map(({ kind, silenced }) => [kind, silenced])).toEqual([
      ['firing', true],
      ['resolved', true],
    ]);
  });

  it('of an alert that nobody was told of covers its end when the silence is just over', () => {
    const run = new Run(rules(lag('mark')));
    run.give(silence('*', minute(2)), minute(0));
    run.sample(minute(1), behind(minute(1)));
    run.sample(minute(2), { watermark: minute(2) });
    expect(run.events.at(-1)).toMatchObject({ kind: 'resolved', silenced: true });
  });

  it('can be ended early', () => {
    const run = new Run(rules(lag('mark')));
    run.give(silence('mark', minute(60)), minute(0));
    run.sample(minute(1), behind(minute(1)));
    expect(run.give({ kind: 'silences', silences: [] }, minute(2))).toMatchObject([{ kind: 'unsilenced' }]);
  });
});

describe('a silence of labels', () => {
  it('is for alerts that have all of them, from its beginning until before its end', () => {
    const silence = { rule: 'lag', labels: { group: 'a' }, from: 10, until: 20, comment: '' };
    const covers = (rule: string, group: string, at: number): boolean =>
      isSilenced([silence], { rule, labels: { group, team: 'x' } }, at);
    expect(covers('lag', 'a', 10)).toBe(true);
    expect([covers('lag', 'a', 9), covers('lag', 'a', 20)]).toEqual([false, false]);
    expect([covers('lag', 'b', 15), covers('other', 'a', 15)]).toEqual([false, false]);
  });
});

describe('alerts that are told together', () => {
  it('are of one rule, and all fire or are all over; each is news of its own', () => {
    const run = new Run(rules('name: lag, kind: consumer_lag, above: 30s'));
    const lags = (a: number, b: number) => ({
      lags: [
        { group: 'a', seconds: a },
        { group: 'b', seconds: b },
      ],
    });
    run.sample(second(0), lags(60, 60));
    run.sample(second(5), lags(0, 60));
    expect(run.events.map(groupKeyOf)).toEqual([
      'lag/warning/firing',
      'lag/warning/firing',
      'lag/warning/resolved',
    ]);
    expect(new Set(run.events.map(dedupeKeyOf)).size).toBe(3);
  });
});

describe('a rule that is taken out of the file', () => {
  it('resolves what it had fired', () => {
    const run = new Run(rules('name: mark, kind: watermark_lag, above: 1m'));
    run.sample(minute(1), { watermark: minute(-5) });
    run.withRules([]);
    run.give({ kind: 'tick' }, minute(2));
    expect(run.events.at(-1)).toMatchObject({
      kind: 'resolved',
      resolution: 'rule_removed',
      id: run.events[0]?.id,
    });
    expect(run.state.series).toEqual({});
  });
});

describe('a rule that is new in the file', () => {
  const calm = { views: 1_000 };
  const bad = { views: 500, letters: [{ reason: 'too_late', count: 500 }] };
  const spike = 'name: spike, kind: dlq_rate, above: 5%';

  it('fires nothing for the time before, and is judged from then on', () => {
    const run = new Run(rules('name: other, kind: dlq_rate, above: 99%'));
    for (let n = 0; n < 5; n++) run.window(n, bad);
    run.withRules(rules(spike));
    run.window(5, calm);
    expect(run.events).toEqual([]);
    run.window(6, bad);
    expect(run.story).toEqual(['firing spike']);
  });

  it('is new as well when only its name is that of an old one', () => {
    const run = new Run(rules(spike));
    run.window(0, bad);
    run.withRules(rules('name: spike, kind: watermark_lag, above: 1m'));
    run.sample(minute(2), { watermark: minute(2) });
    expect(run.events.at(-1)).toMatchObject({ kind: 'resolved', resolution: 'rule_removed' });
    run.sample(minute(4), { watermark: minute(2) });
    expect(run.story).toEqual(['firing spike', 'resolved spike', 'firing spike']);
  });
});

it('a clock that was a day ahead for a moment does not hold back what fires when it is right again', () => {
  const run = new Run(
    rules('name: lag, kind: consumer_lag, above: 60s, for: 1m, cooldown: 5m, keep_firing_for: 1m'),
  );
  const DAY = 86_400_000;
  const lag = (at: number, seconds: number) => run.sample(at, { lags: [{ group: 'a', seconds }] });
  for (let n = 0; n < 5; n++) lag(minute(n), 90);
  for (let n = 5; n < 10; n++) lag(minute(n) + DAY, 0);
  for (let n = 10; n < 40; n++) lag(minute(n), 90);
  expect(run.story).toEqual(['firing lag', 'resolved lag', 'firing lag']);
});

describe('a rule that was changed', () => {
  it('resolves what it fired for labels that it no longer can have: nothing else ever would', () => {
    const run = new Run(rules('name: lag, kind: consumer_lag, above: 30s'));
    run.sample(second(0), { lags: [{ group: 'a', seconds: 60 }] });
    run.withRules(rules('name: lag, kind: consumer_lag, above: 30s, group: b'));
    run.sample(second(10), { lags: [{ group: 'a', seconds: 60 }] });
    expect(run.story).toEqual(['firing lag', 'resolved lag']);
    expect(run.events.at(-1)).toMatchObject({ labels: { group: 'a' }, resolution: 'rule_removed' });
  });

  it('goes on where only its bounds and words are others', () => {
    const run = new Run(rules('name: lag, kind: consumer_lag, above: 30s'));
    run.sample(second(0), { lags: [{ group: 'a', seconds: 60 }] });
    run.withRules(rules('name: lag, kind: consumer_lag, above: 20s, severity: critical'));
    run.sample(second(10), { lags: [{ group: 'a', seconds: 60 }] });
    expect(run.story).toEqual(['firing lag']);
  });
});
