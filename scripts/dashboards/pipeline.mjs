// Pipeline: lag, throughput, latency, watermark, checkpoints, and who holds whom up.
import * as units from '@grafana/grafana-foundation-sdk/units';
import { dashboard, group } from './frame.mjs';
import { judged, long, measured, series, stat, table, thresholds, unitOf } from './panels.mjs';
import { byCollector, colors, lagRecords, throughput } from './shared.mjs';

const seconds = { unit: units.Seconds, decimals: 1 };
const share = { unit: units.PercentUnit, decimals: 0 };
const fresh = () => thresholds('green', ['yellow', 30], ['red', 120]);
const now = 'By the newest look of the last minute; – where there was none.';

const figures = () => [
  stat({
    title: 'Unread by the job',
    description: `Records of the raw topic that the job has not read yet, by Flink's own reckoning. ${now}`,
    query: 'lag-records-now',
    unit: units.LocaleFormat,
    decimals: 0,
    steps: thresholds('green', ['yellow', 10_000], ['red', 1_000_000]),
  }),
  stat({
    title: 'Lag of the job',
    description: `For how long the oldest record waits that no checkpoint of the job covers. Up to a checkpoint interval is normal. ${now}`,
    query: 'lag-seconds-now',
    ...seconds,
    steps: fresh(),
  }),
  stat({
    title: 'Watermark lag',
    description: `How far the job's watermark is behind now: the watermark delay, and how old the events are. Without traffic it grows. ${now}`,
    query: 'watermark-lag-now',
    ...seconds,
    steps: fresh(),
  }),
  stat({
    title: 'End to end',
    description: `How old the oldest record is that may not be in ClickHouse yet. ${now}`,
    query: 'end-to-end-now',
    ...seconds,
    steps: fresh(),
  }),
  stat({
    title: 'Newest checkpoint',
    description: `How long ago a checkpoint was complete. ${now}`,
    query: 'checkpoint-age-now',
    ...seconds,
    steps: fresh(),
  }),
  stat({
    title: 'Failed checkpoints',
    description: `Since the job was submitted. ${now}`,
    query: 'checkpoints-failed-now',
    unit: units.LocaleFormat,
    decimals: 0,
    steps: thresholds('green', ['yellow', 1], ['red', 10]),
  }),
];

const verdicts = () =>
  measured({
    title: 'Verdicts per second',
    description: `What became of the records: counted on time, late or replayed; dropped as duplicates; dead letters for being too late or invalid. ${byCollector}`,
    query: 'verdict-rates',
    unit: units.LocaleFormat,
    decimals: 1,
    label: 'verdict',
  })
    .overrideByName('on_time', series('on time', colors.onTime))
    .overrideByName('late', series('late', colors.late))
    .overrideByName('replayed', series('replayed', colors.replayed))
    .overrideByName('too_late', series('too late', colors.bad))
    .overrideByName('duplicate', series('duplicate', 'text'))
    .overrideByName('invalid', series('invalid', 'purple'));

const lagSeconds = () =>
  measured({
    title: 'Lag in seconds',
    description: `For how long the oldest record waits that the group has not committed, of its slowest partition. ${byCollector}`,
    query: 'lag-seconds',
    ...seconds,
    label: 'consumer_group',
  });

const endToEnd = () =>
  measured({
    title: 'End-to-end latency',
    description: `How old the oldest record was that may not have been in ClickHouse: the job's lag and that of the queue which reads its aggregates. It rises between checkpoints, since that is when results become visible. ${byCollector}`,
    query: 'end-to-end',
    ...seconds,
    steps: fresh(),
  }).overrideByName('seconds', [{ id: 'displayName', value: 'end to end' }]);

const watermarkLag = () =>
  measured({
    title: 'Watermark lag of partitions',
    description: `How far the watermark of each partition of the raw topic is behind now, and that of the job, which is the lowest of those that Flink waits for. A line that climbs alone holds the others up. ${byCollector}`,
    query: 'watermark-lag',
    ...seconds,
    label: 'watermark_of',
  });

const checkpointDuration = () =>
  measured({
    title: 'Duration of checkpoints',
    description: `From the trigger to the completion of the newest one. ${byCollector}`,
    query: 'checkpoint-duration',
    unit: units.Milliseconds,
    decimals: 0,
  }).overrideByName('duration_ms', [{ id: 'displayName', value: 'duration' }]);

const checkpointSize = () =>
  measured({
    title: 'State in checkpoints',
    description: `What the newest checkpoint holds: above all the event ids of the dedupe horizon. ${byCollector}`,
    query: 'checkpoint-size',
    unit: units.BytesSI,
    decimals: 1,
  }).overrideByName('size_bytes', [{ id: 'displayName', value: 'state' }]);

const busy = () =>
  measured({
    title: 'Busy operators',
    description: `Share of the time in which the busiest subtask of each operator worked. The one near 100 % is the bottleneck. ${byCollector}`,
    query: 'busy',
    ...share,
    label: 'operator',
  }).max(1);

const backpressured = () =>
  measured({
    title: 'Backpressured operators',
    description: `Share of the time in which an operator waited because the next one took nothing more. The bottleneck is the first one behind those. ${byCollector}`,
    query: 'backpressured',
    ...share,
    label: 'operator',
  }).max(1);

const partitions = () =>
  table({
    title: 'Partitions',
    description: `What each consumer group has not committed, by partition, most behind first. ${now}`,
    query: 'partitions',
    columns: {
      consumer_group: ['Consumer group'],
      topic: ['Topic'],
      partition: ['Partition'],
      records: ['Records', unitOf(units.LocaleFormat)],
      seconds: ['Waiting for', unitOf(units.Seconds), ...judged(fresh())],
    },
  });

const queues = () =>
  table({
    title: "Lag of ClickHouse's Kafka queues",
    description:
      "How far ClickHouse is behind on the result topics, now, by the statistics of its own consumers (every 3 s; the time range does not apply, and history is not kept). Left to read: records up to the last stable offset that it has not taken; those of an open transaction do not count yet, markers of closed ones do. Left to commit: the same up to its committed offset; at rest some markers per partition stay, and a figure that grows while nothing is left to read means that rows cannot be written. '–' is not known, not 0.",
    query: 'queues',
    columns: {
      queue: ['Queue'],
      partitions: ['Partitions'],
      to_read: [
        'Left to read (records)',
        unitOf(units.LocaleFormat),
        ...judged(thresholds('green', ['yellow', 1_000], ['red', 100_000])),
      ],
      to_commit: ['Left to commit (records)', unitOf(units.LocaleFormat)],
      last_poll: ['Last poll', unitOf(units.DateTimeFromNow)],
      exception: ['An exception', long],
    },
  });

export const pipeline = () =>
  dashboard({
    uid: 'streamlab-pipeline',
    description: 'How fast the pipeline is, how far behind, and what holds it up.',
    variables: [group()],
    rows: [
      { height: 4, panels: figures() },
      { height: 9, panels: [throughput(), verdicts()] },
      { height: 9, panels: [lagRecords(), lagSeconds()] },
      { height: 9, panels: [endToEnd(), watermarkLag()] },
      { height: 8, panels: [checkpointDuration(), checkpointSize()] },
      { height: 8, panels: [busy(), backpressured()] },
      { height: 9, panels: [partitions(), queues()] },
    ],
  });
