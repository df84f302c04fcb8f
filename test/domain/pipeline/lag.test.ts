import { describe, expect, it } from 'vitest';
import { flinkGroup } from '../../../src/domain/clickhouse.js';
import { groupViews, type GroupView } from '../../../src/domain/pipeline/lag.js';
import { observed } from '../../../src/domain/pipeline/reducer.js';
import type { Observation } from '../../../src/domain/pipeline/samples.js';
import { nothingSeen } from '../../../src/domain/pipeline/state.js';
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

describe('a group of a topic that seldom gets a record', () => {
  const group = 'streamlab-clickhouse-alerts';
  const topic = 'events.alerts.v1';
  const look = (second: number, committed: number, end: number, headAt?: number | null): Observation => {
    const at = start + second * 1_000;
    const ends = { partition: 0, begin: 0, lastStable: end, end, newestAt: null };
    const offset = headAt === undefined ? { partition: 0, committed } : { partition: 0, committed, headAt };
    const sample = {
      topics: [{ topic, partitions: [ends] }],
      groups: [{ group, topic, partitions: [offset] }],
    };
    return { source: 'kafka', at, sample };
  };
  const behind = (...observations: Observation[]): number | null | undefined => {
    const now = observations.at(-1)!.at;
    const state = observations.reduce(observed, nothingSeen(stateAfter([]).facts));
    return groupViews(state, now).find((view) => view.group === group)?.lagSeconds;
  };

  it('is behind since the record came, not since the marker of the one before', () => {
    // A record and its marker, of which the group has read the record; minutes later the next.
    const before = [look(0, 0, 0), look(1, 1, 2), look(2, 1, 2, null), look(100, 1, 2, null)];
    expect(behind(...before)).toBe(0);
    expect(behind(...before, look(101, 1, 4))).toBeLessThanOrEqual(1);
    expect(behind(...before, look(101, 1, 4), look(131, 1, 4))).toBeCloseTo(31, 0);
  });
});
