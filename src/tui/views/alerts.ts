import type { AlertSample } from '../../domain/pipeline/samples.js';
import type { PipelineView } from '../../domain/pipeline/view.js';
import { atCursor, listing, type ListRow } from '../listing.js';
import { timeOfDay } from '../numbers.js';
import { heading, scrolled, staleness, type Content, type Size } from '../parts.js';
import { sortingOf, type Screen } from '../screen.js';
import { findingLines } from '../sections/findings.js';
import type { Column } from '../table.js';
import { span, type Line } from '../text.js';
import { factLines } from './detail.js';

const columns: readonly Column<AlertSample>[] = [
  { title: 'fired', cell: ({ firedAt }) => timeOfDay(firedAt) },
  { title: 'severity', cell: ({ severity }) => severity, droppable: 2, shrinkTo: 8 },
  { title: 'status', cell: ({ status }) => status, droppable: 3, shrinkTo: 8 },
  { title: 'rule', cell: ({ rule }) => rule, droppable: 1, shrinkTo: 8 },
  { title: 'summary', cell: ({ summary }) => summary, shrinkTo: 12 },
];

/** What is the matter now, in full, and the alerts that were fired. */
export function alertsView(view: PipelineView, screen: Screen, { width, height }: Size): Content {
  const rows = sorted(rowsOf(view), sortingOf(screen, 'alerts'));
  const state = screen.tabs.alerts;
  const opened = state.isOpened ? atCursor(rows, state) : undefined;
  if (opened !== undefined) return scrolled(detail(opened.row, width), state.scroll, height);
  const found = [heading('Now', [], width), ...findingLines(view, width, Math.max(1, height - 5))];
  const title = heading('Alerts', staleness(view, 'clickhouse'), width);
  if (view.alerts.length === 0) {
    return scrolled([...found, title, [span('none was fired', 'dim')]], state.scroll, height);
  }
  const list = listing(columns, rows, state, { width, height: Math.max(0, height - found.length - 1) });
  return { ...list, lines: [...found, title, ...list.lines].slice(0, height) };
}

function rowsOf({ alerts }: PipelineView): ListRow<AlertSample>[] {
  return alerts.map((row) => ({
    key: row.id,
    row,
    text: `${row.rule} ${row.severity} ${row.status} ${row.summary}`,
  }));
}

const orders = {
  newest: null,
  severity: (a: AlertSample, b: AlertSample) => a.severity.localeCompare(b.severity),
  rule: (a: AlertSample, b: AlertSample) => a.rule.localeCompare(b.rule),
};

function sorted(rows: ListRow<AlertSample>[], by: keyof typeof orders): ListRow<AlertSample>[] {
  const order = orders[by];
  return order === null ? rows : [...rows].sort((a, b) => order(a.row, b.row));
}

function detail({ id, rule, severity, status, summary, firedAt }: AlertSample, width: number): Line[] {
  return [
    [span('Alert', 'title')],
    ...factLines(
      [
        ['rule', rule],
        ['severity', severity],
        ['status', status],
        ['fired', timeOfDay(firedAt)],
        ['summary', summary],
        ['id', id],
      ],
      width,
    ),
  ];
}
