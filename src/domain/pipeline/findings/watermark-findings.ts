import { silentFromMs, type WatermarkPartition } from '../watermark.js';
import { count, lengthOf, type Facts, type Finding } from './finding.js';

/** So much beyond the delay the watermark may be behind; it moves with the records. */
const toleratedMs = 10_000;

/** Who holds the watermark back, and why it is behind. */
export function watermarkFindings(facts: Facts): Finding[] {
  const { watermark, job } = facts;
  if (job?.state !== 'RUNNING' || job.tasks.running < job.tasks.total) return [];
  const { partitions, heldBy } = watermark;
  if (partitions.length > 0 && partitions.every(isSilent)) {
    return [{ severity: 'note', code: 'no_traffic', sentence: nothingComes(partitions) }];
  }
  const holder = partitions.find(({ partition }) => partition === heldBy);
  if (holder !== undefined) return [held(facts, holder), ...idle(partitions)];
  return [...behind(facts), ...idle(partitions)];
}

/** Flink takes a partition for idle also where it comes to no reading. */
function isSilent({ state, silentMs }: WatermarkPartition): boolean {
  return (state === 'silent' || state === 'idle') && (silentMs === null || silentMs >= silentFromMs);
}

function nothingComes(partitions: readonly WatermarkPartition[]): string {
  const silences = partitions.map(({ silentMs }) => silentMs).filter((silentMs) => silentMs !== null);
  return silences.length === 0
    ? 'No record has come yet. Send some with: streamlab produce'
    : `Nothing comes: the newest record is ${lengthOf(Math.min(...silences))} old, and the watermark stands still until the next.`;
}

function held({ facts, watermark }: Facts, { partition, state, silentMs, at }: WatermarkPartition): Finding {
  const others = watermark.partitions.filter((p) => p.partition !== partition && p.at !== null);
  const ahead = Math.min(...others.map((p) => p.at ?? 0)) - (at ?? 0);
  const start = `The watermark is held by partition ${count(partition)}`;
  const idleTimeout = lengthOf(facts.settings.idleTimeout);
  const sentence = {
    silent: `${start}, idle ${lengthOf(silentMs ?? 0)}: nothing comes there, and Flink waits for it up to ${idleTimeout} (--idle-timeout).`,
    stuck: `${start}: records come there, but none moves its watermark (invalid ones, replays, or old ones only).`,
    none: `${start}: no record with an event time has come there yet.`,
    moving: `${start}, whose events are ${lengthOf(ahead)} older than those of the others.`,
    idle: `${start}.`,
  }[state];
  return { severity: 'warning', code: 'watermark_held', sentence };
}

function idle(partitions: readonly WatermarkPartition[]): Finding[] {
  const found = partitions.filter((partition) => partition.state === 'idle' && isSilent(partition));
  if (found.length === 0) return [];
  const names = found.map(({ partition }) => count(partition)).join(', ');
  const longest = Math.max(...found.map(({ silentMs }) => silentMs ?? 0));
  const [which, it] =
    found.length === 1 ? [`Partition ${names} is`, 'it'] : [`Partitions ${names} are`, 'them'];
  const sentence = `${which} idle, for ${lengthOf(longest)}; the watermark no longer waits for ${it}.`;
  return [{ severity: 'note', code: 'partition_idle', sentence }];
}

function behind({ watermark, facts, groups }: Facts): Finding[] {
  const { lagMs } = watermark;
  if (lagMs === null || lagMs < facts.settings.watermarkDelay + toleratedMs) return [];
  const unread = groups.find(({ reader }) => reader === 'Flink job')?.unreadRecords ?? 0;
  const why =
    unread > 0
      ? `${count(unread)} records are not read yet`
      : 'the events that come are that old, or nothing comes';
  const sentence = `The watermark is ${lengthOf(lagMs)} behind now (delay ${lengthOf(facts.settings.watermarkDelay)}): ${why}.`;
  return [{ severity: 'warning', code: 'watermark_behind', sentence }];
}
