import { describe, expect, it } from 'vitest';
import { LatestAggregates } from '../../../src/domain/ledger/aggregates.js';

const bytes = (text: string) => new TextEncoder().encode(text);
const key = bytes(
  '{"window_start":60000,"event_type":"order_placed","channel":"web","contribution":"on_time"}',
);
const value = (revenue: string) => bytes(`{"events":3,"revenue":${revenue},"emitted_at":1}`);

describe('the latest aggregates', () => {
  it('keeps the latest record of a key, to the cent beyond what a double holds', () => {
    const latest = new LatestAggregates();
    latest.add({ key, value: value('1.00') });
    latest.add({ key, value: value('90071992547409.91') });
    expect([...latest.byKey.values()]).toMatchObject([{ events: 3, cents: 9_007_199_254_740_991 }]);
  });

  it('takes a tombstone for the end of the key', () => {
    const latest = new LatestAggregates();
    latest.add({ key, value: value('1.00') });
    latest.add({ key, value: null });
    expect(latest.byKey.size).toBe(0);
  });

  it('counts records that are not what the contract says', () => {
    const latest = new LatestAggregates();
    latest.add({ key: bytes('7'), value: value('1.00') });
    latest.add({ key, value: value('1.005') });
    latest.add({ key, value: bytes('{"revenue":1.00}') });
    latest.add({ key: null, value: null });
    expect(latest.unreadable).toBe(4);
  });
});
