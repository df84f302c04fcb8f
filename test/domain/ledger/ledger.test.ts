import { describe, expect, it } from 'vitest';
import { ledgerRows, ledgerVerdict } from '../../../src/domain/ledger/report.js';
import {
  balance,
  dedupeHorizonMs,
  payloadOf,
  PipelineModel,
  start,
  type EventSpec,
} from './pipeline-model.js';

const order: EventSpec = {
  id: 1,
  type: 'order_placed',
  channel: 'web',
  minute: 0,
  cents: 1_050,
  partition: 0,
};

describe('duplicates in the ledger', () => {
  it('takes either of two records with one id and other content on two partitions', () => {
    for (const first of [0, 1]) {
      const model = new PipelineModel();
      const other = { ...order, cents: 2_000, minute: 1, partition: 1 };
      const records = [order, other].map((spec) => model.duplicateOf(spec));
      model.count(records[first]!, 'on_time');
      expect(balance(model.stations())).toMatchObject({ ok: true, raw: { duplicates: 1, uniqueEvents: 1 } });
    }
  });

  it('takes the first of two records with one id and other content on one partition', () => {
    const model = new PipelineModel();
    model.duplicateOf(order);
    model.count(model.duplicateOf({ ...order, cents: 2_000 }), 'on_time');
    expect(balance(model.stations())).toMatchObject({ ok: false, mismatches: [{ field: 'revenue' }] });
  });

  it('finds a duplicate that was counted', () => {
    const model = new PipelineModel();
    model.event(order, 'on_time');
    model.count(model.duplicateOf(order), 'late');
    expect(balance(model.stations())).toMatchObject({ ok: false, doubleCounted: 1, unaccounted: 0 });
  });

  it('believes the dead-letter queue which of two equal records came too late', () => {
    const model = new PipelineModel();
    model.duplicateOf(order);
    model.deadLetter(model.duplicateOf(order, 1), 'too_late');
    expect(balance(model.stations())).toMatchObject({ ok: true, dlq: { tooLateOutstanding: 1 } });
  });

  it('finds an event that is in the dead-letter queue twice', () => {
    const model = new PipelineModel();
    model.event(order, 'too_late');
    model.deadLetter(model.duplicateOf(order), 'too_late');
    expect(balance(model.stations())).toMatchObject({ ok: false, doubleCounted: 1 });
  });

  it('takes a too-late repeat beyond the dedupe horizon for an event of its own', () => {
    const model = new PipelineModel();
    model.event(order, 'on_time');
    const timestampMs = start + 600_000 + dedupeHorizonMs + 1;
    model.deadLetter(model.write(payloadOf(order), 0, { timestampMs }), 'too_late');
    expect(balance(model.stations())).toMatchObject({ ok: true, raw: { uniqueEvents: 2, duplicates: 0 } });
  });

  it('finds a repeat beyond the dedupe horizon that was counted again', () => {
    const model = new PipelineModel();
    model.event(order, 'on_time');
    const timestampMs = start + 600_000 + dedupeHorizonMs + 1;
    model.count(model.write(payloadOf(order), 0, { timestampMs }), 'late');
    expect(balance(model.stations())).toMatchObject({ ok: false, doubleCounted: 1 });
  });
});

describe('an observer of the ledger', () => {
  const rolesIn = (model: PipelineModel): string[] => {
    const roles: string[] = [];
    balance(model.stations(), {
      seen: (record, { reason }, letterReason, role) => {
        const place = `${String(record.partition)}:${String(record.offset)}`;
        roles.push([place, role, reason ?? 'valid', letterReason ?? 'no letter'].join(' '));
      },
    });
    return roles;
  };

  it('sees every raw record in order, with its judgement, dead letter and role', () => {
    const model = new PipelineModel();
    model.event(order, 'on_time');
    model.duplicateOf(order);
    model.invalid('{', 0);
    model.deadLetter(
      model.write(payloadOf(order), 0, { timestampMs: start + 2 * dedupeHorizonMs }),
      'too_late',
    );
    model.event({ ...order, id: 2, partition: 1 }, 'too_late');
    model.replay(2, 'r1');
    model.replay(0, 'r2', '{');
    expect(rolesIn(model)).toEqual([
      '0:0 event valid no letter',
      '0:1 duplicate valid no letter',
      '0:2 invalid malformed_json malformed_json',
      '0:3 repeat valid too_late',
      '0:4 replay malformed_json malformed_json',
      '1:0 event valid too_late',
      '1:1 replay valid no letter',
    ]);
  });

  it('sees the copy that came too late take the place of the first', () => {
    const model = new PipelineModel();
    model.duplicateOf(order);
    model.deadLetter(model.duplicateOf(order, 1), 'too_late');
    expect(rolesIn(model)).toEqual(['0:0 event valid no letter', '1:0 event valid too_late']);
  });
});

describe('the report of a ledger', () => {
  it('names hop, window and event type of a difference', () => {
    const model = new PipelineModel();
    model.event(order, 'on_time');
    const stations = model.stations();
    stations.clickhouse = [];
    const verdict = ledgerVerdict(balance(stations));
    expect(verdict).toContain('1 unaccounted for');
    expect(verdict).toContain(
      'aggregates-clickhouse: window 2026-01-01T00:00Z order_placed web: events should be 1, (on_time) ClickHouse has 0',
    );
  });

  it('shows twenty differences and says how many more there are', () => {
    const model = new PipelineModel();
    for (let id = 0; id < 1_500; id++) model.write('{', 0);
    const result = balance(model.stations());
    expect(result).toMatchObject({ mismatchesTotal: 1_500, unaccounted: 1_500 });
    expect(result.mismatches).toHaveLength(1_000);
    expect(ledgerVerdict(result).split('\n')).toHaveLength(22);
    expect(ledgerVerdict(result)).toContain('and 1 480 more');
  });

  it('adds up', () => {
    const model = new PipelineModel();
    model.event(order, 'on_time');
    model.invalid('{', 1);
    const result = balance(model.stations());
    expect(ledgerVerdict(result)).toMatch(/balance/);
    expect(ledgerRows(result)[0]).toEqual(['raw records', '2', '']);
  });
});
