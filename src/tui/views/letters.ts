import type { LetterSample } from '../../domain/pipeline/samples.js';
import type { PipelineView } from '../../domain/pipeline/view.js';
import { atCursor, listing, type ListRow } from '../listing.js';
import { length, timeOfDay, unknown } from '../numbers.js';
import { scrolled, type Content, type Size } from '../parts.js';
import { sortingOf, type Screen } from '../screen.js';
import { letterColumns, placeOf, reasonLines } from '../sections/letters.js';
import { line, span, type Line } from '../text.js';
import { factLines, type Fact } from './detail.js';

/** Dead letters by reason, and the newest one by one. */
export function lettersView(view: PipelineView, screen: Screen, { width, height }: Size): Content {
  const rows = sorted(rowsOf(view), sortingOf(screen, 'dlq'));
  const state = screen.tabs.dlq;
  const opened = state.isOpened ? atCursor(rows, state) : undefined;
  if (opened !== undefined) return scrolled(detail(opened.row, width), state.scroll, height);
  const reasons = reasonLines(view, width);
  const room = Math.max(0, Math.min(reasons.length, Math.floor(height / 2)));
  const list = listing(letterColumns, rows, state, { width, height: height - room });
  return { ...list, lines: [...reasons.slice(0, room), ...list.lines] };
}

function rowsOf({ letters }: PipelineView): ListRow<LetterSample>[] {
  return letters.newest.map((row) => ({
    key: placeOf(row),
    row,
    text: [row.reason, row.eventType, row.eventId, placeOf(row), row.payload].join(' '),
  }));
}

const orders = {
  newest: null,
  reason: (a: LetterSample, b: LetterSample) => a.reason.localeCompare(b.reason),
  'event time': (a: LetterSample, b: LetterSample) => (b.eventTime ?? -1) - (a.eventTime ?? -1),
  attempt: (a: LetterSample, b: LetterSample) => b.attempt - a.attempt,
};

function sorted(rows: ListRow<LetterSample>[], by: keyof typeof orders): ListRow<LetterSample>[] {
  const order = orders[by];
  return order === null ? rows : [...rows].sort((a, b) => order(a.row, b.row));
}

function detail(letter: LetterSample, width: number): Line[] {
  const { reason, eventId, eventType, eventTime, watermark, failedAt, attempt, source, payload } = letter;
  const behind = eventTime === null || watermark === null ? null : watermark - eventTime;
  const facts: Fact[] = [
    ['reason', line(span(reason, 'warning'))],
    ['event', `${eventType ?? unknown} ${eventId ?? ''}`],
    ['event time', timeOfDay(eventTime)],
    [
      'watermark',
      watermark === null
        ? unknown
        : `${timeOfDay(watermark)}${behind !== null && behind > 0 ? `, ${length(behind)} later` : ''}`,
    ],
    ['failed', timeOfDay(failedAt)],
    ['attempt', String(attempt)],
    [
      'raw record',
      source === null ? unknown : `partition ${String(source.partition)}, offset ${String(source.offset)}`,
    ],
    ['all of it', `streamlab dlq show ${placeOf(letter)}`],
    ['payload', payload ?? unknown],
  ];
  return [[span(`Dead letter ${placeOf(letter)}`, 'title')], ...factLines(facts, width)];
}
