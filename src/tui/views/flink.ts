import type { MemberView, OperatorView } from '../../domain/pipeline/operators.js';
import type { SubtaskSample } from '../../domain/pipeline/samples.js';
import type { PipelineView } from '../../domain/pipeline/view.js';
import type { WatermarkPartition } from '../../domain/pipeline/watermark.js';
import { checkpointNote } from '../header.js';
import { atCursor, listing, type ListRow } from '../listing.js';
import { length, percent, rate, timeOfDay, unknown } from '../numbers.js';
import { heading, joined, scrolled, staleness, toned, type Content, type Size } from '../parts.js';
import { sortingOf, type Screen } from '../screen.js';
import { bottleneckNote, withBottleneck } from '../sections/operators.js';
import { holderNote, stateTone } from '../sections/watermark.js';
import { table, type Column } from '../table.js';
import { cut, line, span, type Line } from '../text.js';
import { factLines, titled } from './detail.js';

/** The job's operators, its checkpoints, and the watermark of each partition. */
export function flinkView(view: PipelineView, screen: Screen, { width, height }: Size): Content {
  const rows = sorted(rowsOf(view), sortingOf(screen, 'flink'));
  const state = screen.tabs.flink;
  const opened = state.isOpened ? atCursor(rows, state) : undefined;
  if (opened !== undefined) return scrolled(detail(view, opened.row, width), state.scroll, height);
  const head = [
    heading('Operators', joined([bottleneckNote(view), staleness(view, 'flink')]), width),
    ...jobLines(view, width),
  ];
  const list = listing(withBottleneck(view), rows, state, {
    width,
    height: Math.max(0, listHeight(rows.length, height - head.length)),
  });
  const rest = height - head.length - list.lines.length;
  return {
    ...list,
    lines: [...head, ...list.lines, ...watermarks(view, width).slice(0, Math.max(0, rest))].slice(0, height),
  };
}

/** A third at least is for the watermarks, if they need it. */
function listHeight(rows: number, height: number): number {
  return Math.min(rows + 1, Math.max(4, height - Math.max(3, Math.floor(height / 3))));
}

function rowsOf({ operators }: PipelineView): ListRow<OperatorView>[] {
  return operators.map((row) => ({ key: row.id, row, text: `${row.name} ${row.planName}` }));
}

const orders = {
  flow: null,
  busy: ({ busy }: OperatorView) => busy ?? -1,
  backpressure: ({ backpressured }: OperatorView) => backpressured ?? -1,
  rate: ({ inPerSecond }: OperatorView) => inPerSecond ?? -1,
};

function sorted(rows: ListRow<OperatorView>[], by: keyof typeof orders): ListRow<OperatorView>[] {
  const value = orders[by];
  return value === null ? rows : [...rows].sort((a, b) => value(b.row) - value(a.row));
}

function jobLines({ job, cluster }: PipelineView, width: number): Line[] {
  if (job === null) return [];
  const slots =
    cluster === null
      ? ''
      : `${String(cluster.taskManagers)} TaskManager(s), ${String(cluster.slotsFree)} of ${String(cluster.slotsTotal)} slots free`;
  const tasks = `${String(job.tasks.running)} of ${String(job.tasks.total)} tasks run`;
  return [cut(joined([line(tasks), line(slots), checkpointNote(job)], ' · '), width)];
}

const partitionColumns: readonly Column<WatermarkPartition>[] = [
  { title: 'partition', cell: ({ partition }) => String(partition), align: 'right' },
  { title: 'watermark', cell: ({ at }) => timeOfDay(at) },
  { title: 'behind', cell: ({ lagMs }) => length(lagMs), align: 'right' },
  {
    title: 'newest record',
    cell: ({ silentMs }) => (silentMs === null ? unknown : `${length(silentMs)} ago`),
    align: 'right',
  },
  { title: 'state', cell: ({ state }) => span(state, stateTone(state)) },
];

function watermarks(view: PipelineView, width: number): Line[] {
  const { watermark } = view;
  const at = line(`${timeOfDay(watermark.at)}, ${length(watermark.lagMs)} behind now`);
  const title = heading('Watermark', joined([at, holderNote(view)], ', '), width);
  return watermark.partitions.length === 0
    ? [title]
    : [title, ...table(partitionColumns, watermark.partitions, width)];
}

const subtaskColumns: readonly Column<SubtaskSample>[] = [
  { title: 'subtask', cell: ({ index }) => String(index), align: 'right' },
  { title: 'busy', cell: ({ busy }) => percent(busy), align: 'right' },
  { title: 'backpressured', cell: ({ backpressured }) => percent(backpressured), align: 'right' },
  { title: 'idle', cell: ({ idle }) => percent(idle), align: 'right' },
  { title: 'watermark', cell: ({ watermark }) => timeOfDay(watermark) },
];

const memberColumns: readonly Column<MemberView>[] = [
  { title: 'step of the plan', cell: ({ name }) => name, shrinkTo: 14 },
  { title: 'in', cell: ({ inPerSecond }) => rate(inPerSecond), align: 'right' },
  { title: 'out', cell: ({ outPerSecond }) => rate(outPerSecond), align: 'right' },
  {
    title: 'Kafka request',
    cell: ({ producer }) => length(producer?.latencyMs ?? null),
    align: 'right',
    droppable: 1,
  },
  {
    title: 'held back by quota',
    cell: ({ producer }) => length(producer?.throttleMs ?? null),
    align: 'right',
    droppable: 2,
  },
];

function detail({ bottleneck }: PipelineView, operator: OperatorView, width: number): Line[] {
  const mark = operator.id === bottleneck ? toned('  ◆ bottleneck: the others wait for it', 'warning') : [];
  return [
    cut([span(operator.name, 'title'), ...mark], width),
    ...factLines(
      [
        ['in, out', `${rate(operator.inPerSecond)}, ${rate(operator.outPerSecond)}`],
        ['id', operator.id],
        ['plan', operator.planName],
      ],
      width,
    ),
    ...titled('Subtasks', table(subtaskColumns, operator.subtasks, width), width),
    ...titled(
      'Steps',
      operator.members.length === 0 ? [] : table(memberColumns, operator.members, width),
      width,
    ),
  ];
}
