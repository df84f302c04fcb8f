import type { GroupView, PartitionLag } from '../../domain/pipeline/lag.js';
import type { PipelineView } from '../../domain/pipeline/view.js';
import { topics } from '../../domain/topics.js';
import { length, rate, seconds, timeOfDay, unknown, whole } from '../numbers.js';
import { atCursor, listing, type ListRow } from '../listing.js';
import { scrolled, topicName, type Content, type Size } from '../parts.js';
import { sortingOf, type Screen } from '../screen.js';
import { clearing, lagLines, trendCell } from '../sections/lag.js';
import type { Column } from '../table.js';
import { line, span, wrapped, type Line } from '../text.js';
import { factLines, type Fact } from './detail.js';

interface Row {
  group: GroupView;
  partition: PartitionLag;
}

const columns: readonly Column<Row>[] = [
  { title: 'reader', cell: ({ group }) => group.reader },
  { title: 'of', cell: ({ group }) => topicName(group.topic), shrinkTo: 6 },
  { title: 'part', cell: ({ partition }) => String(partition.partition), align: 'right' },
  { title: 'committed', cell: ({ partition }) => whole(partition.committed), align: 'right', droppable: 6 },
  { title: 'read to', cell: ({ partition }) => whole(partition.position), align: 'right', droppable: 7 },
  { title: 'end', cell: ({ partition }) => whole(partition.end), align: 'right', droppable: 5 },
  { title: 'lag', cell: ({ partition }) => whole(partition.lagRecords), align: 'right' },
  { title: 'oldest', cell: ({ partition }) => seconds(partition.lagSeconds), align: 'right' },
  { title: 'comes', cell: ({ partition }) => rate(partition.endPerSecond), align: 'right', droppable: 3 },
  { title: 'trend', cell: ({ partition }) => trendCell(partition), align: 'right', droppable: 1 },
  { title: 'clears in', cell: ({ partition }) => clearing(partition), align: 'right', droppable: 2 },
];

/** Each group in sum, then each of its partitions. */
export function lagView(view: PipelineView, screen: Screen, { width, height }: Size): Content {
  const rows = sorted(rowsOf(view), sortingOf(screen, 'lag'));
  const state = screen.tabs.lag;
  const opened = state.isOpened ? atCursor(rows, state) : undefined;
  if (opened !== undefined) return scrolled(detail(view, opened.row, width), state.scroll, height);
  const groups = lagLines(view, width);
  // Both are seen, also on a low screen.
  const room = Math.max(0, Math.min(groups.length, Math.floor(height / 2)));
  const list = listing(columns, rows, state, { width, height: height - room });
  return { ...list, lines: [...groups.slice(0, room), ...list.lines] };
}

function rowsOf({ groups }: PipelineView): ListRow<Row>[] {
  return groups.flatMap((group) =>
    group.partitions.map((partition) => ({
      key: `${group.group}/${group.topic}/${String(partition.partition)}`,
      row: { group, partition },
      text: `${group.reader} ${group.group} ${group.topic} ${String(partition.partition)}`,
    })),
  );
}

const orders = {
  partition: null,
  records: ({ lagRecords }: PartitionLag) => lagRecords,
  seconds: ({ lagSeconds }: PartitionLag) => lagSeconds ?? -1,
  rate: ({ endPerSecond }: PartitionLag) => endPerSecond ?? -1,
};

function sorted(rows: ListRow<Row>[], by: keyof typeof orders): ListRow<Row>[] {
  const value = orders[by];
  return value === null ? rows : [...rows].sort((a, b) => value(b.row.partition) - value(a.row.partition));
}

function detail(view: PipelineView, { group, partition }: Row, width: number): Line[] {
  const ofGroup: Fact[] = [
    ['reader', group.reader],
    ['group', group.group],
    [
      'of the group',
      line(`${whole(group.unreadRecords)} unread, `, ...trendCell(group), clearingNote(group)),
    ],
  ];
  return [
    [span(`Partition ${String(partition.partition)} of ${group.topic}`, 'title')],
    ...factLines(
      [
        ['lag', `${whole(partition.lagRecords)} records, the oldest for ${seconds(partition.lagSeconds)}`],
        ['begins at', whole(partition.begin)],
        ['committed', whole(partition.committed)],
        ...(partition.position === null ? [] : ([['read to', whole(partition.position)]] as const)),
        ['ends at', whole(partition.end)],
        ['comes', rate(partition.endPerSecond)],
        ['trend', line(...trendCell(partition), clearingNote(partition))],
        ...ofGroup,
        ...watermarkFacts(view, group, partition),
      ],
      width,
    ),
    [],
    ...wrapped(explanation(group), width, 4).map((text) => line(span(text, 'dim'))),
  ];
}

function clearingNote({ secondsToClear }: GroupView | PartitionLag): string {
  return secondsToClear === null ? '' : `, clear in ${length(secondsToClear * 1_000)}`;
}

/** Only partitions of the raw topic have one. */
function watermarkFacts(
  { watermark }: PipelineView,
  { topic, reader }: GroupView,
  { partition }: PartitionLag,
): Fact[] {
  const found = watermark.partitions.find((p) => p.partition === partition);
  if (topic !== topics.raw || reader !== 'Flink job' || found === undefined) return [];
  const held = watermark.heldBy === partition ? ', and holds the others back' : '';
  return [
    [
      'watermark',
      found.at === null ? unknown : `${timeOfDay(found.at)}, ${length(found.lagMs)} behind now${held}`,
    ],
    ['newest record', found.silentMs === null ? unknown : `${length(found.silentMs)} ago (${found.state})`],
  ];
}

function explanation({ reader }: GroupView): string {
  return reader === 'Flink job'
    ? 'The job commits when a checkpoint completes: lag goes up between checkpoints, and unread says what nobody has read yet.'
    : 'Lag is the end of the partition less the committed offset, as kafka-consumer-groups counts it.';
}
