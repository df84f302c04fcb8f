import { describe, expect, it } from 'vitest';
import { ledgerRows, ledgerVerdict } from '../../../src/domain/ledger/report.js';
import { balance, journalLine, payloadOf, PipelineModel, type EventSpec } from './pipeline-model.js';

const order: EventSpec = {
  id: 1,
  type: 'order_placed',
  channel: 'web',
  minute: 0,
  cents: 1_050,
  partition: 0,
};

describe('the journal of replays', () => {
  it('may take back what it said', () => {
    const model = new PipelineModel();
    model.event(order, 'too_late');
    model.replay(0, 'r1');
    const stations = model.stations();
    stations.journal.push(journalLine(model.letters[0]!, null));
    expect(balance(stations)).toMatchObject({ ok: true, dlq: { replayed: 1 } });
  });

  it('may speak of dead letters that are there no longer', () => {
    const model = new PipelineModel();
    model.event(order, 'on_time');
    const entry = { replay_id: 'r1', attempt: 1, replayed_at: 0 };
    const journal = [journalLine({ partition: 2, offset: 70_000 }, entry)];
    expect(balance({ ...model.stations(), journal })).toMatchObject({ ok: true });
  });

  it('has records of whole replays, which are no business of the books', () => {
    const model = new PipelineModel();
    const text = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
    const counts = { forced: false, matched: 0, replayed: 0, repaired: 0, skipped: {} };
    const value = { state: 'done', started_at: 0, updated_at: 0, selection: '', ...counts };
    const journal = [{ key: text({ replay_id: 'r1' }), value: text(value) }];
    expect(balance({ ...model.stations(), journal })).toMatchObject({ ok: true });
  });

  it('says that a letter was repaired whose first record nobody can compare', () => {
    const model = new PipelineModel();
    model.event(order, 'too_late');
    model.replay(0, 'r1');
    const stations = model.stations();
    const entry = { replay_id: 'r1', attempt: 1, replayed_at: 0, repaired: true };
    stations.journal = [journalLine(model.letters[0]!, entry)];
    expect(balance(stations)).toMatchObject({ ok: true, dlq: { repaired: 1 } });
  });

  it('misses a record that names no dead letter', () => {
    const model = new PipelineModel();
    const name = new TextEncoder().encode('by-hand');
    model.count(
      model.write(payloadOf(order), 0, { headers: [['streamlab-replay-id', name]] }),
      'replay:by-hand',
    );
    expect(balance(model.stations())).toMatchObject({
      ok: false,
      aggregated: { replayed: 1 },
      doubleCounted: 0,
      mismatches: [
        { hop: 'raw-journal', sentence: expect.stringContaining('names no dead letter') as string },
      ],
    });
  });
});

describe('the report of replays', () => {
  const forced = () => {
    const model = new PipelineModel();
    model.event(order, 'too_late');
    model.invalid('{', 0);
    model.replay(0, 'r1');
    model.replay(1, 'r1', payloadOf({ ...order, id: 2 }));
    model.replay(0, 'r2');
    return model;
  };

  it('says how many wait, were replayed, were repaired, and were counted again by force', () => {
    const rows = ledgerRows(balance(forced().stations())).map(([what, n, remark]) => [
      what?.trim(),
      n,
      remark,
    ]);
    expect(rows).toContainEqual(['counted again by force', '1', 'revenue 10.50']);
    expect(rows).toContainEqual([
      'dead letters',
      '2',
      '0 outstanding, 2 replayed (1 of them repaired), 2 in ClickHouse',
    ]);
  });

  it('does not take what somebody forced for a fault of the job', () => {
    expect(ledgerVerdict(balance(forced().stations()))).toBe(
      'The books balance but for what somebody had counted again (dlq replay --force): 1 counted too often.\n' +
        '  raw-aggregates: replay r2 was forced: somebody had it count 1 event (revenue 10.50) again, which replay r1 had counted',
    );
    const stations = forced().stations();
    stations.clickhouse.pop();
    expect(ledgerVerdict(balance(stations))).toMatch(
      /do not balance: 1 .* 1 counted too often \(1 of them by force\)/,
    );
  });

  it('lets no control character of a record through', () => {
    const model = forced();
    model.replay(0, 'r3\u001b[2J');
    expect(ledgerVerdict(balance(model.stations()))).toContain('replay r3\\u001b[2J was forced');
  });
});
