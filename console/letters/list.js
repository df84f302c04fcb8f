// The list of dead letters, newest first, and its filters.
import { writeAddress } from '../lib/address.js';
import { asApiError, get, isAbort } from '../lib/api.js';
import { el, fill, icon } from '../lib/dom.js';
import { dataTable, viewHead } from '../lib/layout.js';
import { Filters } from './filters.js';
import { countsSentence, grouped, paramsOf, selectionOf, utc } from './words.js';

/** @typedef {import('../lib/address.js').Address} Address */
/** @typedef {import('../../src/domain/console/letter-answer.js').LetterList} List */
/** @typedef {import('../../src/domain/console/letter-answer.js').LetterCounts} Counts */
/** @typedef {import('../../src/domain/console/letter-answer.js').LetterRow} Row */

const step = 50;
const most = 500;
const columns = ['Place', 'Failed (UTC)', 'Reason', 'Type', 'Event', 'Key', '>Attempt', 'State'];

export class LetterList {
  #abort = new AbortController();
  #limit = step;
  /** What is shown, so that other filters begin with few again. */
  #shown = '';

  /**
   * @param {import('../main.js').Page} page
   * @param {() => void} replay
   */
  constructor(page, replay) {
    this.page = page;
    this.filters = new Filters((changed) => {
      const address = page.address();
      page.go({ ...address, ...changed, other: { ...address.other, ...changed.other } }, 'replace');
    });
    this.summary = el('p', { role: 'status', text: 'Reading …' });
    this.trouble = el('div', { class: 'banner', role: 'alert', hidden: true });
    this.body = el('tbody', {});
    this.table = dataTable(columns, this.body);
    this.table.classList.add('letters');
    this.table.prepend(el('caption', { class: 'visually-hidden', text: 'Dead letters, newest first' }));
    this.scroller = el(
      'div',
      { class: 'card scroller', tabindex: '0', role: 'region', 'aria-label': 'Dead letters' },
      this.table,
    );
    this.foot = el('div', { class: 'letters-foot' });
    this.element = el(
      'div',
      { class: 'view' },
      viewHead('Browse letters', this.summary, el('div', { class: 'toolbar' }, this.#buttons(replay))),
      this.filters.element,
      this.trouble,
      this.scroller,
      this.foot,
    );
  }

  /** @param {() => void} replay */
  #buttons(replay) {
    const again = el(
      'button',
      { type: 'button', class: 'control', on: { click: () => this.refresh() } },
      icon('refresh'),
      'Refresh',
    );
    const send = el(
      'button',
      { type: 'button', class: 'control control-primary', on: { click: replay } },
      icon('replay'),
      'Replay these…',
    );
    return [again, send];
  }

  /** @param {Address} address */
  update(address) {
    const selection = selectionOf(address);
    const shown = JSON.stringify(selection);
    if (shown !== this.#shown) this.#limit = step;
    this.#shown = shown;
    this.filters.update(address);
    void this.#load();
  }

  refresh() {
    void this.#load();
  }

  destroy() {
    this.#abort.abort();
  }

  async #load() {
    this.#abort.abort();
    const abort = new AbortController();
    this.#abort = abort;
    this.scroller.setAttribute('aria-busy', 'true');
    const params = paramsOf(selectionOf(this.page.address()));
    const listed = new URLSearchParams(params);
    listed.set('limit', String(this.#limit));
    try {
      // What there is to choose from does not depend on what was chosen.
      const [list, counts, all] = await Promise.all([
        get('letters', listed, abort.signal).then((found) => this.#draw(found)),
        get('letters/counts', params, abort.signal),
        params.size === 0 ? undefined : get('letters/counts', undefined, abort.signal),
      ]);
      this.summary.textContent = countsSentence(counts);
      this.filters.offer(all ?? counts);
      this.trouble.hidden = true;
      return list;
    } catch (error) {
      if (isAbort(error)) return undefined;
      const { message, suggestions } = asApiError(error);
      fill(this.trouble, icon('alert'), `${message} ${suggestions.join(' ')}`);
      this.trouble.hidden = false;
      this.summary.textContent = '';
    } finally {
      if (this.#abort === abort) this.scroller.setAttribute('aria-busy', 'false');
    }
  }

  /** @param {List} list */
  #draw({ letters, more, complete }) {
    const address = this.page.address();
    /** @param {string} letter */
    const linkTo = (letter) => writeAddress({ ...address, other: { ...address.other, letter } });
    fill(
      this.body,
      letters.map((row) => rowOf(row, linkTo)),
    );
    this.scroller.hidden = letters.length === 0;
    const older = `${grouped(more)}${complete ? '' : ' or more'} older ones match as well.`;
    const canShow = Math.min(step, more, most - this.#limit);
    fill(
      this.foot,
      letters.length === 0
        ? el('p', { class: 'nothing', text: 'No dead letter matches these filters.' })
        : null,
      more > 0 ? el('p', { class: 'hint', text: older }) : null,
      canShow > 0
        ? el('button', {
            type: 'button',
            class: 'control',
            text: `Show ${canShow} more`,
            on: {
              click: () => {
                this.#limit += step;
                void this.#load();
              },
            },
          })
        : more > 0
          ? el('p', { class: 'hint', text: 'Narrow the filters to see them.' })
          : null,
    );
  }
}

/**
 * @param {Row} row
 * @param {(letter: string) => string} linkTo
 */
function rowOf(row, linkTo) {
  const { place, state, failedAt, reason, eventType, eventId, key, attempt, replayId, trouble } = row;
  const name = { outstanding: 'outstanding', replayed: `replayed by ${replayId}`, unreadable: trouble }[
    state
  ];
  return el(
    'tr',
    {},
    el('th', { scope: 'row' }, el('a', { class: 'mono', href: linkTo(place), text: place })),
    el('td', { class: 'mono', text: utc(failedAt) }),
    el('td', { class: 'cell-reason', title: reason ?? undefined, text: reason ?? 'unreadable' }),
    el('td', { class: 'cell-cut', title: eventType ?? undefined, text: eventType ?? '–' }),
    el('td', { class: 'mono cell-cut', title: eventId ?? undefined, text: eventId ?? '–' }),
    el('td', { class: 'cell-cut', title: key ?? undefined, text: key ?? '–' }),
    el('td', { class: 'number', text: attempt === null ? '–' : String(attempt) }),
    el(
      'td',
      {},
      el(
        'span',
        { class: `state state-${state}`, title: name ?? undefined },
        icon(state === 'replayed' ? 'check' : 'alert'),
        state,
      ),
    ),
  );
}
