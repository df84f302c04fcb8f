import type { VerdictName, VerdictRate } from '../../domain/pipeline/verdicts.js';
import type { PipelineView } from '../../domain/pipeline/view.js';
import { percent, rate, spark } from '../numbers.js';
import { briefly, heading, staleness } from '../parts.js';
import { table, type Column } from '../table.js';
import { line, span, type Line, type Tone } from '../text.js';

const titles: Readonly<Record<VerdictName, string>> = {
  on_time: 'on time',
  late: 'late',
  too_late: 'too late',
  duplicate: 'duplicate',
  invalid: 'invalid',
  replayed: 'replayed',
};
const tones: Partial<Record<VerdictName, Tone>> = {
  on_time: 'good',
  too_late: 'warning',
  invalid: 'warning',
};

const columns: readonly Column<VerdictRate>[] = [
  { title: 'verdict', cell: ({ verdict }) => titles[verdict] },
  { title: 'rate', cell: ({ perSecond }) => rate(perSecond), align: 'right' },
  { title: 'share', cell: ({ share }) => percent(share), align: 'right' },
  {
    title: 'last 2 minutes',
    cell: ({ verdict, spark: values }) => span(spark(values, 30), tones[verdict] ?? 'plain'),
    droppable: 1,
  },
];

/** How records were judged, lately. */
export function verdictLines(view: PipelineView, width: number): Line[] {
  return [heading('Verdicts', staleness(view, 'clickhouse'), width), ...table(columns, view.verdicts, width)];
}

/** Rates; those that are 0 last, since they are cut off first. */
export function verdictBrief(view: PipelineView, width: number): Line {
  const rates = [...view.verdicts].sort((a, b) => Number(b.perSecond !== 0) - Number(a.perSecond !== 0));
  const each = rates.map(({ verdict, perSecond }) =>
    line(span(`${titles[verdict]} ${rate(perSecond)}`, (perSecond ?? 0) > 0 ? tones[verdict] : 'plain')),
  );
  return briefly('Verdicts', [staleness(view, 'clickhouse'), ...each], width);
}
