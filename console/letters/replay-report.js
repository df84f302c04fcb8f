// What a dry run found, what is asked before anything is sent, and what a replay did.
import { el } from '../lib/dom.js';
import { dataRows, dataTable } from '../lib/layout.js';
import { grouped, resultWords, utc } from './words.js';

/** @typedef {import('../../src/domain/dlq/replay-result.js').ReplayResult} Result */

/**
 * @param {Result} result
 * @param {string} command
 */
export function dryRunReport(result, command) {
  return el(
    'div',
    { class: 'report' },
    sentences(result),
    result.replayed === 0 ? null : effectSection(result.effect),
    samples(result.samples ?? []),
    stays(result),
    el('p', { class: 'hint' }, 'On the command line: ', el('code', { class: 'wrap', text: command })),
  );
}

/** @param {Result} result */
export function resultReport(result) {
  const { effect, interrupted, durationSeconds } = result;
  return el(
    'div',
    { class: 'report', role: 'status' },
    sentences(result),
    interrupted === true
      ? el('p', { text: 'It was stopped. What was sent stays sent; a new replay goes on with the rest.' })
      : null,
    result.replayed === 0
      ? null
      : el('p', {
          text: `It adds ${grouped(effect.events)} events and ${effect.revenue} of revenue to ${grouped(effect.windows)} windows, and took ${durationSeconds ?? 0} s.`,
        }),
    stays(result),
  );
}

/**
 * The question, and a button that sends: it works once it was said that this is wanted, and then once.
 * @param {string} question
 * @param {() => void} send
 */
export function confirmation(question, send) {
  const box = el('input', { type: 'checkbox' });
  const button = el('button', {
    type: 'button',
    class: 'control control-danger',
    text: 'Send',
    disabled: true,
    on: {
      click: () => {
        button.disabled = true;
        send();
      },
    },
  });
  box.addEventListener('change', () => {
    button.disabled = !box.checked;
  });
  const content = el(
    'div',
    { class: 'report' },
    el('p', { class: 'question', text: question.replace(/ Go on\?$/, '') }),
    el('label', { class: 'check choice' }, box, el('span', { text: 'Yes, I want this.' })),
  );
  return { content, actions: button };
}

/** @param {Result} result */
function sentences(result) {
  const { sentence, notSent } = resultWords(result);
  return el(
    'div',
    {},
    el('p', { class: 'question', text: sentence }),
    notSent.map((text) => el('p', { text })),
  );
}

const effectHeads = ['Window (UTC)', 'Type', 'Channel', '>Events', '>then', '>Revenue', '>then'];

/** @param {Result['effect']} effect */
function effectSection({ windows, events, revenue, totals, totalsCount }) {
  const rows = totals.map((cell) => [
    utc(cell.windowStart).slice(0, 16),
    cell.eventType,
    cell.channel,
    grouped(cell.events.before),
    grouped(cell.events.after),
    cell.revenue.before,
    cell.revenue.after,
  ]);
  const left = totalsCount - totals.length;
  return el(
    'section',
    {},
    el('h4', { text: 'What it would change' }),
    el('p', {
      text: `${grouped(windows)} windows: ${grouped(events)} events more, and ${revenue} of revenue.`,
    }),
    el(
      'div',
      { class: 'scroller effect', tabindex: '0', role: 'region', 'aria-label': 'What it would change' },
      dataTable(effectHeads, dataRows(effectHeads, rows)),
    ),
    left > 0 ? el('p', { class: 'hint', text: `and ${grouped(left)} more totals` }) : null,
  );
}

/** @param {NonNullable<Result['samples']>} samples */
function samples(samples) {
  if (samples.length === 0) return null;
  return el(
    'section',
    {},
    el('h4', { text: 'For instance' }),
    samples.map(({ partition, offset, reason, attempt, repaired, payload }) =>
      el(
        'details',
        { class: 'sample' },
        el('summary', {
          text: `${partition}:${offset} ${reason}, attempt ${attempt}${repaired ? ', repaired' : ''}`,
        }),
        el('pre', { class: 'payload whole', text: payload }),
      ),
    ),
  );
}

/** @param {Result} result */
function stays({ stay, skipped }) {
  if (stay.length === 0) return null;
  const all = skipped.unrepairable + skipped.tooManyAttempts + skipped.unreadable;
  const title = all > stay.length ? `These stay, the first ${stay.length} of ${grouped(all)}` : 'These stay';
  return el(
    'section',
    {},
    el('h4', { text: title }),
    el(
      'ul',
      { class: 'stays' },
      stay.map(({ partition, offset, reason, why }) =>
        el('li', {
          class: 'wrap',
          text: `${partition}:${offset}${reason === null ? '' : ` (${reason})`}: ${why}`,
        }),
      ),
    ),
  );
}
