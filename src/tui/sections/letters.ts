import type { LetterSample, ReasonCount } from '../../domain/pipeline/samples.js';
import type { PipelineView } from '../../domain/pipeline/view.js';
import { timeOfDay, unknown, whole } from '../numbers.js';
import { briefly, heading, joined, staleness } from '../parts.js';
import { table, type Column } from '../table.js';
import { line, span, type Line } from '../text.js';

const reasonColumns: readonly Column<ReasonCount>[] = [
  { title: 'reason', cell: ({ reason }) => reason, shrinkTo: 14 },
  { title: 'letters', cell: ({ total }) => whole(total), align: 'right' },
  { title: 'last minute', cell: ({ lastMinute }) => whole(lastMinute), align: 'right' },
];

export const letterColumns: readonly Column<LetterSample>[] = [
  { title: 'failed', cell: ({ failedAt }) => timeOfDay(failedAt) },
  { title: 'reason', cell: ({ reason }) => reason, shrinkTo: 22 },
  { title: 'event', cell: ({ eventType }) => eventType ?? unknown, droppable: 2 },
  { title: 'letter', cell: placeOf, droppable: 3 },
  { title: 'payload', cell: ({ payload }) => (payload ?? unknown).slice(0, 250), shrinkTo: 24 },
];

/** Partition and offset of a dead letter, as `dlq show` takes them. */
export function placeOf({ partition, offset }: LetterSample): string {
  return `${String(partition)}:${String(offset)}`;
}

/** Dead letters by reason, most first. */
export function reasonLines(view: PipelineView, width: number, most = Infinity): Line[] {
  const { byReason } = view.letters;
  const hidden = byReason.length - most;
  const more = hidden > 0 ? [line(span(`… ${String(hidden)} more reasons`, 'dim'))] : [];
  const title = heading('Dead letters', lettersNote(view), width);
  return byReason.length === 0
    ? [title]
    : [title, ...table(reasonColumns, byReason.slice(0, most), width), ...more];
}

export function lettersNote(view: PipelineView): Line {
  const { outstanding, total, replayed } = view.letters;
  if (total === 0) return joined([[span('none', 'dim')], staleness(view, 'clickhouse', 'letters')]);
  return joined([
    line(span(`${whole(outstanding)} outstanding`, (outstanding ?? 0) > 0 ? 'warning' : 'plain')),
    line(span(`${whole(replayed)} replayed of ${whole(total)}`, 'dim')),
    staleness(view, 'clickhouse', 'letters'),
  ]);
}

/** The newest in a line each. */
export function newestLines(view: PipelineView, width: number, most: number): Line[] {
  const { newest } = view.letters;
  const title = heading('Newest dead letters', staleness(view, 'letters'), width);
  return newest.length === 0 ? [] : [title, ...table(letterColumns, newest.slice(0, most), width)];
}

/** How many, and the reasons. */
export function reasonBrief(view: PipelineView, width: number): Line {
  const reasons = view.letters.byReason.map(({ reason, total }) => line(`${reason} ${whole(total)}`));
  const { outstanding } = view.letters;
  const many = line(span(`${whole(outstanding)} outstanding`, (outstanding ?? 0) > 0 ? 'warning' : 'plain'));
  return briefly('DLQ', [staleness(view, 'clickhouse', 'letters'), many, ...reasons], width);
}
