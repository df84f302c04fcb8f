import type { GroupView, PartitionLag } from '../../domain/pipeline/lag.js';
import type { PipelineView } from '../../domain/pipeline/view.js';
import { length, seconds, trend, unknown, whole } from '../numbers.js';
import { briefly, heading, joined, staleness, toned, topicName } from '../parts.js';
import { table, type Column } from '../table.js';
import { span, type Line } from '../text.js';

const columns: readonly Column<GroupView>[] = [
  { title: 'reader', cell: ({ reader }) => reader, shrinkTo: 9 },
  { title: 'of', cell: ({ topic }) => topicName(topic), shrinkTo: 6 },
  { title: 'lag', cell: ({ lagRecords }) => whole(lagRecords), align: 'right' },
  { title: 'oldest', cell: ({ lagSeconds }) => seconds(lagSeconds), align: 'right' },
  { title: 'unread', cell: ({ unreadRecords }) => whole(unreadRecords), align: 'right', droppable: 4 },
  { title: 'trend', cell: trendCell, align: 'right' },
  { title: 'clears in', cell: clearing, align: 'right', droppable: 3 },
];

/** Each group in a line. */
export function lagLines(view: PipelineView, width: number): Line[] {
  const age = view.endToEndSeconds;
  const whole = age === null ? [] : [span(`up to ${seconds(age)} to ClickHouse`, 'dim')];
  return [
    heading('Lag', joined([whole, staleness(view, 'kafka')]), width),
    ...(view.groups.length === 0 ? [] : table(columns, view.groups, width)),
  ];
}

export function trendCell({ trendPerSecond }: Pick<GroupView, 'trendPerSecond'>): Line {
  return toned(trend(trendPerSecond), (trendPerSecond ?? 0) > 1 ? 'warning' : 'plain');
}

/** When it is gone if it goes on like this. Where nothing waits, what is left of the lag are markers of transactions. */
export function clearing(of: GroupView | PartitionLag): string {
  const { secondsToClear, trendPerSecond, lagSeconds } = of;
  const records = 'unreadRecords' in of ? of.unreadRecords : of.lagRecords;
  if (records === 0 || lagSeconds === 0) return 'clear';
  if (secondsToClear !== null) return length(secondsToClear * 1_000);
  return trendPerSecond !== null && trendPerSecond >= 1 ? 'does not' : unknown;
}

/** Lag of the readers that have any, in records and seconds. */
export function lagBrief(view: PipelineView, width: number): Line {
  const behind = view.groups.filter(({ lagRecords }, i) => i === 0 || lagRecords > 0);
  const groups = behind.map((group): Line => {
    const { reader, topic, lagRecords, lagSeconds, secondsToClear } = group;
    const name = reader === 'Flink job' ? reader : `${reader} ${topicName(topic)}`;
    const clears = secondsToClear === null ? '' : `, clears in ${length(secondsToClear * 1_000)}`;
    const amount = `${name} ${whole(lagRecords)}, ${seconds(lagSeconds)}, `;
    return [span(amount), ...trendCell(group), span(clears)];
  });
  return briefly('Lag', [staleness(view, 'kafka'), ...groups], width);
}
