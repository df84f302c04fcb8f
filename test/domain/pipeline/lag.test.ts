import { describe, expect, it } from 'vitest';
import { flinkGroup } from '../../../src/domain/clickhouse.js';
import { groupViews, type GroupView } from '../../../src/domain/pipeline/lag.js';
import type { Observation } from '../../../src/domain/pipeline/samples.js';
import { pipelineView } from '../../../src/domain/pipeline/view.js';
import { looks, start, stateAfter } from '../../tui/support/observations.js';

/** The same looks at a job that reads so many a second. */
function readingAt(perSecond: number, seconds = 40): Observation[] {
  return looks(seconds).map((look): Observation => {
    const job = look.source === 'flink' ? look.sample?.job : undefined;
    if (look.source !== 'flink' || look.sample === undefined || !job) return look;
    const second = (look.at - start) / 1_000;
    const operators = job.operators.map((operator) => ({
      ...operator,
      members: operator.members.map((member) => ({ ...member, recordsOut: perSecond * second })),
    }));
    return { source: 'flink', at: look.at, sample: { ...look.sample, job: { ...job, operators } } };
  });
}

function job(observations: readonly Observation[], second: number): GroupView {
  const groups = groupViews(stateAfter(observations), start + second * 1_000);
  return groups.find(({ group }) => group === flinkGroup)!;
}

describe('what the job has not read', () => {
  it('grows by what comes less what it reads', () => {
    const { unreadRecords, trendPerSecond, secondsToClear } = job(readingAt(3_900), 40);
    expect([unreadRecords, Math.round(trendPerSecond!), secondsToClear]).toEqual([40_000, 1_100, null]);
  });

  it('is gone when the job has read it at that pace', () => {
    const { trendPerSecond, secondsToClear } = job(readingAt(7_000), 40);
    expect(Math.round(trendPerSecond!)).toBe(-2_000);
    expect(secondsToClear).toBeCloseTo(20, 0);
  });

  it('is steady where the job keeps up, give or take', () => {
    expect(job(readingAt(4_950), 40).trendPerSecond).toBe(0);
    expect(job(readingAt(5_050), 40).trendPerSecond).toBe(0);
  });

  it('is told in a sentence that does not contradict its rates', () => {
    const sentence = (perSecond: number): string | undefined =>
      pipelineView(stateAfter(readingAt(perSecond)), start + 40_000).findings.find(({ code }) =>
        ['lag_grows', 'catching_up'].includes(code),
      )?.sentence;
    expect(sentence(3_900)).toMatch(/^Records come faster .*5,000\/s come, 3,900\/s are read; 40,000 wait/);
    expect(sentence(7_000)).toMatch(/^The job catches up: 40,000 .*2,000\/s fewer; done in about 20 s\./);
  });
});
