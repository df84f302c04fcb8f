import type { OperatorView } from '../../domain/pipeline/operators.js';
import type { PipelineView } from '../../domain/pipeline/view.js';
import { bar, percent, rate } from '../numbers.js';
import { briefly, heading, joined, staleness } from '../parts.js';
import { table, type Column } from '../table.js';
import { line, span, type Line } from '../text.js';

const busyFrom = 0.8;
const backpressuredFrom = 0.5;

export const operatorColumns: readonly Column<OperatorView>[] = [
  { title: 'operator', cell: ({ name }) => name, shrinkTo: 20 },
  { title: 'x', cell: ({ parallelism }) => String(parallelism), align: 'right', droppable: 4 },
  { title: 'busy', cell: ({ busy }) => share(busy, busyFrom) },
  {
    title: 'backpressured',
    cell: ({ backpressured }) => share(backpressured, backpressuredFrom),
    droppable: 1,
  },
  { title: 'idle', cell: ({ idle }) => percent(idle), align: 'right', droppable: 5 },
  { title: 'in', cell: ({ inPerSecond }) => rate(inPerSecond), align: 'right', droppable: 2 },
  { title: 'out', cell: ({ outPerSecond }) => rate(outPerSecond), align: 'right', droppable: 3 },
];

function share(value: number | null, from: number): Line {
  const tone = value !== null && value >= from ? 'warning' : 'plain';
  return value === null
    ? line(span('–'))
    : line(span(bar(value, 6), tone), span(` ${percent(value).padStart(4)}`, tone));
}

/** Each operator in a line; the one that the others wait for is marked. */
export function operatorLines(view: PipelineView, width: number): Line[] {
  const title = heading('Flink', joined([bottleneckNote(view), staleness(view, 'flink')]), width);
  return view.operators.length === 0
    ? [title]
    : [title, ...table(withBottleneck(view), view.operators, width)];
}

/** The columns, with a mark before the name of the bottleneck. */
export function withBottleneck({ bottleneck }: PipelineView): Column<OperatorView>[] {
  return operatorColumns.map((column) =>
    column.title === 'operator'
      ? {
          ...column,
          cell: ({ id, name }) =>
            id === bottleneck ? line(span(`◆ ${name}`, 'warning')) : line(span(`  ${name}`)),
        }
      : column,
  );
}

export function bottleneckNote({ operators, bottleneck, job }: PipelineView): Line {
  const slow = operators.find(({ id }) => id === bottleneck);
  if (slow !== undefined) return [span(`bottleneck: ${slow.name}, busy ${percent(slow.busy)}`, 'warning')];
  if (operators.length > 0) return [span('no bottleneck', 'dim')];
  return [span(job === null ? 'no job' : `the job is ${job.state}`, 'dim')];
}

/** How busy each operator is. */
export function operatorBrief(view: PipelineView, width: number): Line {
  const each = view.operators.map(({ id, name, busy, backpressured }): Line => {
    const isBottleneck = id === view.bottleneck;
    const waits = (backpressured ?? 0) >= backpressuredFrom ? `, waits ${percent(backpressured)}` : '';
    const text = `${isBottleneck ? '◆ ' : ''}${name} ${percent(busy)}${waits}`;
    return line(span(text, isBottleneck ? 'warning' : 'plain'));
  });
  // The bottleneck is what must not be cut off.
  const first = each.filter((_, i) => view.operators[i]?.id === view.bottleneck);
  const rest = each.filter((_, i) => view.operators[i]?.id !== view.bottleneck);
  const parts = each.length === 0 ? [bottleneckNote(view)] : [...first, ...rest];
  return briefly('Flink', [staleness(view, 'flink'), ...parts], width);
}
