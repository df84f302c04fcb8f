// Panels that are on more than one dashboard, and words that more than one panel says.
import * as units from '@grafana/grafana-foundation-sdk/units';
import { fixedColor, legend, measured, series, stackedBars, stat, thresholds } from './panels.mjs';

export const colors = { onTime: 'green', late: 'orange', replayed: 'blue', bad: 'red' };

export const exactMoney =
  'ClickHouse adds decimals, to the cent; on its way into the browser the sum becomes a 64-bit float, which holds every cent below 70 trillion.';
export const ofWindows = 'of the windows that begin in the time range';
export const byCollector =
  'Measured by the collector of the lab every 5 s (streamlab console); where it did not run there is nothing.';

export const totalEvents = () =>
  stat({
    title: 'Events',
    description: `Unique valid events that were counted (on time, late or replayed), ${ofWindows}.`,
    query: 'total-events',
    unit: units.LocaleFormat,
    decimals: 0,
  });

export const totalRevenue = () =>
  stat({
    title: 'Revenue',
    description: `Orders placed minus orders refunded, in the lab's one currency, ${ofWindows}. ${exactMoney}`,
    query: 'total-revenue',
    unit: units.LocaleFormat,
    decimals: 2,
  });

export const shareLate = () =>
  stat({
    title: 'Share late',
    description:
      'Late events (their window had ended by the watermark, and still took them) as a share of all that were counted.',
    query: 'share-late',
    unit: units.PercentUnit,
    decimals: 2,
    steps: thresholds('green', ['yellow', 0.05], ['red', 0.2]),
  });

export const outstanding = () =>
  stat({
    title: 'Outstanding',
    description:
      'Invalid and too late records that nobody has replayed, whenever they failed until the end of the time range: events that are counted nowhere.',
    query: 'total-outstanding',
    unit: units.LocaleFormat,
    decimals: 0,
    steps: thresholds('green', ['yellow', 1]),
  });

export const unreadable = () =>
  stat({
    title: 'Unreadable',
    description:
      'Records of the result topics that ClickHouse could not parse, seen in the time range (table consumer_errors). Anything but 0 means that the other figures are incomplete.',
    query: 'unreadable-records',
    unit: units.LocaleFormat,
    decimals: 0,
    steps: thresholds('green', ['red', 1]),
  });

export const newestResult = () =>
  stat({
    title: 'Newest result',
    description:
      'How long ago the Flink job computed the newest result that is visible in ClickHouse: the wait for a checkpoint, its commit, and the reading by ClickHouse. Up to a checkpoint interval and some 2 s is normal under traffic. Without traffic there are no results, and it grows.',
    query: 'newest-result',
    unit: units.Seconds,
    decimals: 1,
    steps: thresholds('green', ['yellow', 15], ['red', 60]),
  });

/** One bar a window, by kind of contribution. */
export function contributions(options) {
  return stackedBars(options)
    .overrideByName('on_time', series('on time', colors.onTime))
    .overrideByName('late', series('late', colors.late))
    .overrideByName('replayed', series('replayed', colors.replayed))
    .legend(legend('Bottom', 'List', ['sum']));
}

export const eventsPerMinute = () =>
  contributions({
    title: 'Events per minute',
    description:
      'Unique valid events of each one-minute window by contribution, at the start of the window. The last window is still open; a late or a replayed event changes a window of the past.',
    query: 'events-per-minute',
    unit: units.LocaleFormat,
    decimals: 0,
  });

export const deadLettersByReason = () =>
  stackedBars({
    title: 'Dead letters per minute by reason',
    description: "When they failed, by Flink's clock, whether replayed since or not.",
    query: 'dead-letters-by-reason',
    unit: units.LocaleFormat,
    decimals: 0,
    label: 'reason',
  }).overrideByName('too_late', [fixedColor(colors.bad)]);

export const throughput = () =>
  measured({
    title: 'Throughput per hop',
    description: `Records a second: written to the raw topic, read by the job, written by it as aggregates and as dead letters, and read by ClickHouse. A window is one aggregate for many events, so the hops are not meant to be equal; raw and Flink are, unless the job is behind. ${byCollector}`,
    query: 'throughput',
    unit: units.LocaleFormat,
    decimals: 1,
    label: 'hop',
  })
    .overrideByName('raw_in', series('raw topic in', 'blue'))
    .overrideByName('flink_in', series('Flink in', 'purple'))
    .overrideByName('aggregates_out', series('aggregates out', colors.onTime))
    .overrideByName('dlq_out', series('dead letters out', colors.bad))
    .overrideByName('clickhouse_rows', series('ClickHouse in', 'orange'));

export const lagRecords = () =>
  measured({
    title: 'Lag in records',
    description: `What each consumer group has not committed, over its partitions, as Kafka's consumer-groups tool counts it. The job commits when a checkpoint completes: its line is a saw. ${byCollector}`,
    query: 'lag-records',
    unit: units.LocaleFormat,
    decimals: 0,
    label: 'consumer_group',
  });
