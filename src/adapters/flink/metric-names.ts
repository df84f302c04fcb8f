/**
 * What the names of a task's metrics say. They are lists of scopes: `0.Source__raw_events[1].numRecordsOut` is the
 * counter of the operator `Source: raw_events[1]` in subtask 0, `0.busyTimeMsPerSecond` one of the subtask itself.
 * See https://nightlies.apache.org/flink/flink-docs-release-2.2/docs/ops/metrics/
 */
export type MetricMeaning =
  | { of: 'subtask'; subtask: number; what: 'busy' | 'backpressured' | 'idle' | 'watermark' }
  | { of: 'member'; member: string; what: 'in' | 'out' | 'sent' | 'latency' | 'throttle' }
  | { of: 'split'; partition: number; what: 'watermark' | 'offset' | 'idle' }
  | { of: 'clock'; subtask: number; part: string }
  | { of: 'pending' };

const subtaskMetrics = {
  busyTimeMsPerSecond: 'busy',
  backPressuredTimeMsPerSecond: 'backpressured',
  idleTimeMsPerSecond: 'idle',
  currentInputWatermark: 'watermark',
} as const;
/** Together they are how long the subtask has run: its own clock, at the moment when it was measured. */
const clockMetrics: readonly string[] = [
  'accumulateBusyTimeMs',
  'accumulateBackPressuredTimeMs',
  'accumulateIdleTimeMs',
];
export const clockParts = clockMetrics.length;
const memberMetrics = { numRecordsIn: 'in', numRecordsOut: 'out', numRecordsSend: 'sent' } as const;
const splitMetrics = { currentWatermark: 'watermark', idleTimeMsPerSecond: 'idle' } as const;
const producerMetrics = {
  'request-latency-avg': 'latency',
  'produce-throttle-time-avg': 'throttle',
} as const;

/** Undefined for a metric that nobody asks for. */
export function meaningOf(name: string): MetricMeaning | undefined {
  const [, subtask, rest] = /^(\d+)\.(.*)$/.exec(name) ?? [];
  if (subtask === undefined || rest === undefined) return undefined;
  const own = pick(subtaskMetrics, rest);
  if (own !== undefined) return { of: 'subtask', subtask: Number(subtask), what: own };
  if (clockMetrics.includes(rest)) return { of: 'clock', subtask: Number(subtask), part: rest };
  return meaningInOperator(rest, Number(subtask));
}

function meaningInOperator(name: string, subtask: number): MetricMeaning | undefined {
  const [, split, ofSplit] = /\.split\..*-(\d+)\.watermark\.(\w+)$/.exec(name) ?? [];
  if (split !== undefined) {
    const what = pick(splitMetrics, ofSplit);
    return what === undefined ? undefined : { of: 'split', partition: Number(split), what };
  }
  const [, partition] = /\.KafkaSourceReader\.topic\..*\.partition\.(\d+)\.currentOffset$/.exec(name) ?? [];
  if (partition !== undefined) return { of: 'split', partition: Number(partition), what: 'offset' };
  const [, producer, ofProducer] = /^(.*)\.KafkaProducer\.([\w-]+)$/.exec(name) ?? [];
  if (producer !== undefined) {
    const what = pick(producerMetrics, ofProducer);
    return what === undefined ? undefined : { of: 'member', member: producer, what };
  }
  const dot = name.lastIndexOf('.');
  const [member, metric] = [name.slice(0, Math.max(0, dot)), name.slice(dot + 1)];
  if (metric === 'pendingRecords') return { of: 'pending' };
  // A source has no input: its watermark is the one that it gives.
  if (member.startsWith('Source') && metric === 'currentOutputWatermark')
    return { of: 'subtask', subtask, what: 'watermark' };
  if (member === '' || member.startsWith('Shuffle.')) return undefined;
  const what = pick(memberMetrics, metric);
  return what === undefined ? undefined : { of: 'member', member, what };
}

function pick<T>(table: Readonly<Record<string, T>>, key: string | undefined): T | undefined {
  return key !== undefined && Object.hasOwn(table, key) ? table[key] : undefined;
}

/** The operators of a task in the order of its name, as the names of metrics write them. */
export function membersOf(taskName: string): string[] {
  return taskName
    .split(/ -> |[()]|, /)
    .map((part) => part.trim().replace(/[ .:,]/g, '_'))
    .filter((part) => part !== '');
}
