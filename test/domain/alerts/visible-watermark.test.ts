import { describe, expect, it } from 'vitest';
import { afterLook, afterRead, nothingVisible } from '../../../src/domain/alerts/visible-watermark.js';

describe('the watermark up to which results were read', () => {
  const look = (at: number, watermark: number | null, checkpointTriggeredAt: number | null) => ({
    at,
    watermark,
    checkpointTriggeredAt,
  });

  it('is one that a completed checkpoint covers and that was read thereafter', () => {
    let state = afterLook(nothingVisible, look(1_000, 100, null));
    state = afterRead(state, 2_000);
    expect(state.watermark).toBeNull();
    // Triggered before the watermark was seen: it may not be in it.
    state = afterLook(state, look(3_000, 300, 900));
    expect(afterRead(state, 9_000).watermark).toBeNull();
    state = afterLook(state, look(4_000, 400, 2_500));
    expect(afterRead(state, 4_000).watermark).toBeNull();
    state = afterRead(state, 4_500);
    expect(state.watermark).toBe(100);
    state = afterRead(afterLook(state, look(9_000, null, 8_000)), 10_000);
    expect(state).toEqual({ seen: [], committed: [], watermark: 400 });
  });

  it('never goes back, as after a restart from a checkpoint', () => {
    let state = afterRead(
      afterLook(afterLook(nothingVisible, look(0, 500, null)), look(2_000, 50, 1_000)),
      3_000,
    );
    expect(state.watermark).toBe(500);
    state = afterRead(afterLook(state, look(9_000, null, 8_000)), 10_000);
    expect(state.watermark).toBe(500);
  });

  it('is kept of a bounded number of looks while no checkpoint completes', () => {
    let state = nothingVisible;
    for (let n = 0; n < 3_000; n++) state = afterLook(state, look(n * 1_000, n, null));
    expect(state.seen).toHaveLength(1_000);
  });
});
