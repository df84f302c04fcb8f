import { flinkGroup } from '../../clickhouse.js';
import type { GroupView } from '../lag.js';
import type { HopName } from '../hops.js';
import { busyFrom, type OperatorView } from '../operators.js';
import { count, lengthOf, percent, type Facts, type Finding } from './finding.js';

/** A broker that takes longer than this for a request is slow. */
const slowMs = 400;

/** Who waits for whom in the job, and what the one that all wait for waits for itself. */
export function pressureFindings({ operators, bottleneck, job, facts }: Facts): Finding[] {
  if (job?.state !== 'RUNNING') return [];
  const slow = operators.find(({ id }) => id === bottleneck);
  const isWaitedFor = (job.checkpoint.runningMs ?? 0) > facts.settings.checkpointInterval;
  const sinks = operators.flatMap((operator) => sinkFindings(operator, isWaitedFor));
  if (slow === undefined) return sinks;
  const waiting = operators.filter(({ id, backpressured }) => id !== slow.id && (backpressured ?? 0) >= 0.5);
  if (waiting.length === 0) {
    const busy = `${slow.name} is busy ${percent(slow.busy ?? 0)} of the time: the job is at its limit.`;
    return [...sinks, { severity: 'note', code: 'operator_busy', sentence: busy }];
  }
  const who = waiting.map(({ name, backpressured }) => `${name} ${percent(backpressured ?? 0)}`).join(', ');
  const sentence = `Backpressure: everything before it waits for ${slow.name}, which is busy ${percent(slow.busy ?? 0)} of the time (waiting: ${who}).`;
  return [...sinks, { severity: 'warning', code: 'backpressure', sentence }];
}

/**
 * A sink that the brokers slow down counts as busy for Flink, at least while a checkpoint waits for what it has not sent yet:
 * only its producer knows.
 */
function sinkFindings(operator: OperatorView, isWaitedFor: boolean): Finding[] {
  const isHeldUp = (operator.busy ?? 0) >= busyFrom || (operator.backpressured ?? 0) >= busyFrom;
  if (!isHeldUp && !isWaitedFor) return [];
  return operator.members.flatMap(({ producer }): Finding[] => {
    const { latencyMs, throttleMs } = producer ?? { latencyMs: null, throttleMs: null };
    if (throttleMs !== null && throttleMs > 0) {
      const sentence = `The sink of ${operator.name} is slowed down by a quota of the brokers: they hold each request back for ${count(throttleMs)} ms.`;
      return [{ severity: 'warning', code: 'sink_slow', sentence }];
    }
    if (latencyMs === null || latencyMs < slowMs) return [];
    const sentence = `The sink of ${operator.name} waits for Kafka: a request takes ${count(latencyMs)} ms.`;
    return [{ severity: 'warning', code: 'sink_slow', sentence }];
  });
}

/** Less than what comes in two seconds is no backlog. */
const backlogSeconds = 2;
const backlogAtLeast = 1_000;

/** Readers that fall behind, catch up, or stand still. */
export function lagFindings(facts: Facts): Finding[] {
  return facts.groups.flatMap((group) =>
    group.group === flinkGroup ? jobLag(facts, group) : queueLag(facts, group),
  );
}

function jobLag({ hops, operators, bottleneck }: Facts, group: GroupView): Finding[] {
  const perSecond = (name: HopName): number | null => hops.find(({ hop }) => hop === name)?.perSecond ?? null;
  const rate = perSecond('raw_in') ?? 0;
  const read = perSecond('flink_in');
  const { unreadRecords: unread, trendPerSecond: trend, secondsToClear } = group;
  if (trend === null || unread < Math.max(backlogAtLeast, backlogSeconds * rate)) return [];
  // Rates turn before the trend does, which is over a longer time.
  if (trend > 0.02 * rate && trend > 1 && (read === null || read < rate)) {
    const slow = operators.find(({ id }) => id === bottleneck);
    const why = slow === undefined ? '' : ` The slowest part is ${slow.name}.`;
    const both = read === null ? `${count(rate)}/s come` : `${count(rate)}/s come, ${count(read)}/s are read`;
    const sentence = `Records come faster than the job reads them: ${both}; ${count(unread)} wait.${why}`;
    return [{ severity: 'warning', code: 'lag_grows', sentence }];
  }
  if (secondsToClear === null) return [];
  const sentence = `The job catches up: ${count(unread)} records wait, ${count(-trend)}/s fewer; done in about ${lengthOf(secondsToClear * 1_000)}.`;
  return [{ severity: 'note', code: 'catching_up', sentence }];
}

function queueLag({ queueErrors, facts }: Facts, group: GroupView): Finding[] {
  const errors = queueErrors.filter(({ topic }) => topic === group.topic);
  const found = errors.slice(-1).map(({ text }): Finding => ({
    severity: 'bad',
    code: 'queue_error',
    sentence: `ClickHouse's queue of ${group.topic} complains: ${text}`,
  }));
  const patience = Math.max(15, (3 * facts.settings.checkpointInterval) / 1_000);
  if (group.lagSeconds === null || group.lagSeconds < patience) return found;
  const sentence = `${group.reader} does not keep up with ${group.topic}: ${count(group.lagRecords)} records wait, the oldest for ${lengthOf(group.lagSeconds * 1_000)}.`;
  return [...found, { severity: 'warning', code: 'reader_stands_still', sentence }];
}
