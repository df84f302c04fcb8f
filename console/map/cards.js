// Below the flow: verdicts, windows, watermark, lag, dead letters, and what happened.
import { el, fill } from '../lib/dom.js';
import { dataRows, dataTable } from '../lib/layout.js';
import { formatValue } from '../lib/units.js';
import { spark } from '../panels/spark.js';
import {
  count,
  length,
  moreReasons,
  percent,
  rate,
  seconds,
  trend,
  verdictColors,
  verdictNames,
  watermarkState,
} from './words.js';

/** @typedef {import('../../src/domain/pipeline/view.js').PipelineView} View */
/** @typedef {{ title: string, link?: { href: string, text: string }, draw: (view: View) => Node }} Card */

export class Cards {
  constructor() {
    this.cards = all.map(({ title, link, draw }) => {
      const body = el('div', {
        class: 'card-body scroller',
        tabindex: '0',
        role: 'region',
        'aria-label': title,
      });
      const element = el(
        'section',
        { class: 'card' },
        el('header', {}, el('h2', { text: title }), link === undefined ? null : el('a', link)),
        body,
      );
      return { element, update: (/** @type {View} */ view) => fill(body, draw(view)) };
    });
    this.element = el(
      'div',
      { class: 'cards' },
      this.cards.map(({ element }) => element),
    );
  }

  /** @param {View} view */
  update(view) {
    for (const card of this.cards) card.update(view);
  }
}

/** @type {readonly Card[]} */
const all = [
  { title: 'Verdicts', draw: verdicts },
  { title: 'Windows', draw: windows },
  { title: 'Lag of readers', draw: lag },
  { title: 'Watermark by partition', draw: watermark },
  { title: 'Dead letters', link: { href: '/letters', text: 'Browse' }, draw: letters },
  { title: 'What happened', draw: happened },
];

/**
 * @param {readonly string[]} heads a name that begins with > stands over numbers
 * @param {readonly (readonly (string | Node)[])[]} rows
 * @param {string} nothing
 */
function table(heads, rows, nothing) {
  if (rows.length === 0) return el('p', { class: 'hint', text: nothing });
  return dataTable(heads, dataRows(heads, rows));
}

/** @param {string} name @param {string} color */
function swatched(name, color) {
  return el(
    'span',
    { class: 'swatched' },
    el('span', { class: 'swatch', style: { '--color': `var(--${color})` } }),
    name,
  );
}

/** @param {View} view */
function verdicts({ verdicts: found }) {
  const rows = found.map(({ verdict, perSecond, share, spark: history }) => {
    const color = verdictColors[verdict] ?? 'text';
    const line = el('span', { class: 'cell-spark', style: { '--spark': `var(--${color})` } }, spark(history));
    return [swatched(verdictNames[verdict] ?? verdict, color), rate(perSecond), percent(share), line];
  });
  return table(['Verdict', '>Rate', '>Share', 'Two minutes'], rows, 'Nothing was judged yet.');
}

/** @param {View} view */
function windows({ windows: found }) {
  const most = Math.max(1, ...found.map(({ onTime, late, replayed }) => onTime + late + replayed));
  const rows = found.slice(0, 8).map(({ start, onTime, late, replayed, revenue }) => {
    const part = (/** @type {number} */ value, /** @type {string} */ color) =>
      el('span', { style: { width: `${(value / most) * 100}%`, background: `var(--${color})` } });
    const bar = el(
      'span',
      { class: 'meter meter-wide', 'aria-hidden': 'true' },
      part(onTime, 'green'),
      part(late, 'orange'),
      part(replayed, 'blue'),
    );
    return [
      clock(start),
      bar,
      count(onTime),
      count(late),
      count(replayed),
      formatValue(revenue, { decimals: 2 }),
    ];
  });
  return table(
    ['Window', '', '>On time', '>Late', '>Replayed', '>Revenue'],
    rows,
    'There are no windows yet.',
  );
}

/** @param {View} view */
function lag({ groups }) {
  const rows = groups.map((group) => [
    el(
      'span',
      { class: 'two-lines', title: group.group },
      el('span', { class: 'mono', text: group.topic }),
      el('span', {
        class: 'hint',
        text: `read by ${group.reader === 'Flink job' ? 'the job' : group.reader}`,
      }),
    ),
    count(group.lagRecords),
    seconds(group.lagSeconds),
    trend(group),
  ]);
  return table(['Topic', '>Lag', '>Oldest', 'Unread'], rows, 'No reader has committed yet.');
}

/** @param {View} view */
function watermark({ watermark: { partitions, heldBy } }) {
  const rows = partitions.map((one) => {
    const state = el('span', {
      class: one.partition === heldBy ? 'is-bad' : '',
      text: watermarkState(one, heldBy),
    });
    return [String(one.partition), one.lagMs === null ? '–' : `${length(one.lagMs)} behind`, state];
  });
  return table(['Partition', 'Watermark', 'State'], rows, 'The job has no watermark yet.');
}

const reasonsShown = 6;

/** @param {View} view */
function letters({ letters: { byReason, newest } }) {
  const reasons = byReason
    .slice(0, reasonsShown)
    .map(({ reason, total, lastMinute }) => [reason, count(total), count(lastMinute)]);
  const latest = newest.slice(0, 5).map(({ failedAt, reason, partition, offset }) => [
    clock(failedAt, true),
    reason,
    el('a', {
      class: 'mono',
      href: `/letters?letter=${partition}:${offset}`,
      text: `${partition}:${offset}`,
    }),
  ]);
  const more = moreReasons(byReason.length - reasonsShown);
  const note = more === '' ? '' : el('p', { class: 'hint', text: more });
  return el(
    'div',
    { class: 'stack' },
    table(['Reason', '>All', '>Last minute'], reasons, 'There are no dead letters.'),
    note,
    latest.length === 0 ? '' : table(['Newest', 'Reason', 'Place'], latest, ''),
  );
}

/** @param {View} view */
function happened({ alerts, changes, queueErrors }) {
  const rows = [
    ...alerts.slice(0, 6).map(({ firedAt, rule, summary, status }) => ({
      at: firedAt,
      text: `${rule} (${status}): ${summary}`,
    })),
    ...changes.map(({ at, sentence }) => ({ at, text: sentence })),
  ].sort((a, b) => b.at - a.at);
  const complaints = queueErrors.map(({ topic, text }) => [topic, text]);
  const nothing = 'No alert, and no system went away since the console began to look.';
  if (rows.length === 0 && complaints.length > 0) return table(['Queue', 'Complaint'], complaints, '');
  return el(
    'div',
    { class: 'stack' },
    table(
      ['When', 'What'],
      rows.slice(0, 10).map(({ at, text }) => [clock(at, true), el('span', { class: 'wrap', text })]),
      nothing,
    ),
    complaints.length === 0 ? '' : table(['Queue', 'Complaint'], complaints, ''),
  );
}

/** @param {number} ms @param {boolean} [exact] */
function clock(ms, exact = false) {
  /** @type {Intl.DateTimeFormatOptions} */
  const parts = {
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    ...(exact ? { second: '2-digit' } : {}),
  };
  return new Date(ms).toLocaleTimeString(undefined, parts);
}
