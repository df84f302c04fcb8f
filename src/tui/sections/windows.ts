import type { WindowSample } from '../../domain/pipeline/samples.js';
import type { PipelineView } from '../../domain/pipeline/view.js';
import { bar, timeOfDay, unknown, whole } from '../numbers.js';
import { briefly, heading, staleness, toned } from '../parts.js';
import { table, type Column } from '../table.js';
import type { Line } from '../text.js';

/** Length of the job's windows: flink-sql/30-sinks.sql. */
const windowMs = 60_000;

/** The newest windows: how far they are, and what fills them. */
export function windowLines(view: PipelineView, width: number, most: number): Line[] {
  const columns: readonly Column<WindowSample>[] = [
    { title: 'window', cell: ({ start }) => timeOfDay(start).slice(0, 5) },
    { title: 'state', cell: (window) => stateOf(view, window) },
    { title: 'on time', cell: ({ onTime }) => whole(onTime), align: 'right' },
    { title: 'late', cell: ({ late }) => whole(late), align: 'right' },
    { title: 'replayed', cell: ({ replayed }) => whole(replayed), align: 'right', droppable: 2 },
    { title: 'revenue', cell: ({ revenue }) => revenue, align: 'right', droppable: 1 },
  ];
  const title = heading('Windows', staleness(view, 'clickhouse'), width);
  return view.windows.length === 0 ? [title] : [title, ...table(columns, view.windows.slice(0, most), width)];
}

/** By the watermark: it fills until its end has passed, then takes late events, then is closed. */
function stateOf({ watermark: { at }, facts }: PipelineView, { start }: WindowSample): Line {
  if (at === null) return toned(unknown, 'dim');
  const end = start + windowMs;
  if (at < end) return toned(`${bar((at - start) / windowMs, 6)} fills`, 'good');
  return at < end + facts.settings.allowedLateness
    ? toned('takes late ones', 'plain')
    : toned('closed', 'dim');
}

/** What is in the newest ones. */
export function windowBrief(view: PipelineView, width: number): Line {
  const each = view.windows.slice(0, 3).map(({ start, onTime, late, replayed }) => {
    const more = [
      late > 0 ? ` +${whole(late)} late` : '',
      replayed > 0 ? ` +${whole(replayed)} replayed` : '',
    ];
    return [...toned(`${timeOfDay(start).slice(0, 5)} ${whole(onTime)}${more.join('')}`, 'plain')];
  });
  const parts = each.length === 0 ? [toned('none yet', 'dim')] : each;
  return briefly('Windows', [staleness(view, 'clickhouse'), ...parts], width);
}
