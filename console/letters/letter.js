// One dead letter, or those of one event: what it says, why it was not counted, its payload, its past and its replays.
import { writeAddress } from '../lib/address.js';
import { asApiError, get, isAbort } from '../lib/api.js';
import { el, fill, icon } from '../lib/dom.js';
import { dataTable, viewHead } from '../lib/layout.js';
import { utc } from './words.js';

/** @typedef {import('../../src/domain/console/letter-answer.js').LetterPage} Letter */

export class LetterDetail {
  #abort = new AbortController();
  #shown = '';

  /**
   * @param {import('../main.js').Page} page
   * @param {(letter: Letter) => void} replay
   */
  constructor(page, replay) {
    this.page = page;
    this.replay = replay;
    this.element = el('div', { class: 'view letter' });
  }

  /** @param {string} target a place, or an event id */
  update(target) {
    if (this.#shown !== target)
      fill(this.element, this.#back(), el('p', { role: 'status', text: 'Reading …' }));
    this.#shown = target;
    void this.#load(target, false);
  }

  refresh() {
    void this.#load(this.#shown, false);
  }

  destroy() {
    this.#abort.abort();
  }

  /**
   * @param {string} target
   * @param {boolean} whole
   */
  async #load(target, whole) {
    this.#abort.abort();
    const abort = new AbortController();
    this.#abort = abort;
    const params = new URLSearchParams({ of: target, ...(whole ? { whole: 'true' } : {}) });
    try {
      const { letters, more } = await get('letters/show', params, abort.signal);
      fill(
        this.element,
        this.#back(),
        letters.map((/** @type {Letter} */ letter) => this.#letter(letter)),
        more > 0
          ? el('p', { class: 'hint', text: `${more} more dead letters of this event are not shown.` })
          : null,
      );
    } catch (error) {
      if (isAbort(error)) return;
      const { message, suggestions } = asApiError(error);
      const banner = el(
        'div',
        { class: 'banner', role: 'alert' },
        icon('alert'),
        `${message} ${suggestions.join(' ')}`,
      );
      fill(this.element, this.#back(), el('h1', { text: `Dead letter ${target}` }), banner);
    }
  }

  #back() {
    const { other, ...address } = this.page.address();
    const href = writeAddress({ ...address, other: { ...other, letter: '' } });
    return el('p', {}, el('a', { class: 'back', href }, icon('left'), 'All letters'));
  }

  /** @param {string} target */
  #linkTo(target) {
    const address = this.page.address();
    return writeAddress({ ...address, other: { ...address.other, letter: target } });
  }

  /** @param {Letter} letter */
  #letter(letter) {
    const { place, state, reason, fault, trouble } = letter;
    const why = fault?.sentence ?? `It cannot be read: ${trouble ?? ''}.`;
    const send = el(
      'button',
      { type: 'button', class: 'control control-primary', on: { click: () => this.replay(letter) } },
      icon('replay'),
      'Replay this letter…',
    );
    return el(
      'article',
      { class: 'card letter-card', 'aria-label': `Dead letter ${place}` },
      viewHead(
        `Dead letter ${place}`,
        el('p', { text: `${reason ?? 'unreadable'}, ${state}` }),
        state === 'outstanding' ? send : null,
      ),
      el(
        'section',
        { class: 'letter-why' },
        el('h2', { text: 'Why it was not counted' }),
        el('p', { class: 'wrap', text: why }),
        fault?.wants === undefined ? null : el('p', { class: 'wrap', text: `Wanted is ${fault.wants}.` }),
      ),
      this.#facts(letter),
      this.#payload(letter),
      this.#replays(letter),
    );
  }

  /** @param {Letter} letter */
  #facts(letter) {
    const {
      eventId,
      eventType,
      eventTime,
      key,
      keyEncoding,
      source,
      failedAt,
      watermark,
      attempt,
      replayId,
    } = letter;
    /** @type {[string, import('../lib/dom.js').Child][]} */
    const facts = [
      [
        'Event',
        eventId
          ? el('a', { class: 'mono', href: this.#linkTo(eventId), text: eventId })
          : 'without a readable id',
      ],
      ['Type', eventType ?? 'no readable type'],
      ['Happened', eventTime === undefined || eventTime === null ? 'not known' : utc(eventTime)],
      ['Key', key === null ? 'none' : `${key}${keyEncoding === undefined ? '' : ' (base64)'}`],
      ['Source', source === undefined ? undefined : sourceWords(source)],
      ['Failed', utc(failedAt)],
      ['Watermark then', watermark === undefined || watermark === null ? 'none yet' : utc(watermark)],
      ['Attempt', `${attempt ?? 1}${replayId ? `: it came back from replay ${replayId}` : ''}`],
      ...letter.origins.map(
        (origin) =>
          /** @type {[string, import('../lib/dom.js').Child]} */ ([
            'Comes from',
            this.#place(
              origin,
              `${origin.reason ?? 'which cannot be read any more'}, by replay ${origin.replayId}`,
            ),
          ]),
      ),
    ];
    return el(
      'section',
      {},
      el('h2', { text: 'What it says' }),
      el(
        'dl',
        { class: 'facts' },
        facts
          .filter(
            ([, value]) => value !== undefined && (letter.state !== 'unreadable' || value === utc(failedAt)),
          )
          .map(([name, value]) => el('div', {}, el('dt', { text: name }), el('dd', {}, value))),
      ),
      el('p', { class: 'hint', text: 'Times are UTC.' }),
    );
  }

  /**
   * @param {{ partition: number, offset: number }} place
   * @param {string} words
   */
  #place({ partition, offset }, words) {
    const text = `${partition}:${offset}`;
    return el('span', {}, el('a', { class: 'mono', href: this.#linkTo(text), text }), ` ${words}`);
  }

  /** @param {Letter} letter */
  #payload({ place, payload: { lines, isCut, canBeWhole } }) {
    const [first, ...rest] = lines;
    const all = el('button', {
      type: 'button',
      class: 'control',
      text: 'Show all of it',
      on: { click: () => void this.#load(this.#shown, true) },
    });
    return el(
      'section',
      {},
      el('h2', { text: first?.text ?? 'Payload' }),
      rest.length === 0
        ? null
        : el('pre', { class: 'payload', tabindex: '0', 'aria-label': 'Payload' }, rest.map(lineOf)),
      isCut && canBeWhole ? all : null,
      isCut && !canBeWhole
        ? el('p', {
            class: 'hint',
            text: `It is longer than a page can show: streamlab dlq show ${place} --full`,
          })
        : null,
    );
  }

  /** @param {Letter} letter */
  #replays({ replays }) {
    const heads = ['When (UTC)', 'Replay', 'Attempt', 'How', 'What became of it'];
    const rows = replays.map(({ replayedAt, replayId, attempt, repaired, forced, state, sent, cameBack }) => {
      const how = [repaired === true && 'repaired', forced === true && 'by force', state !== 'done' && state];
      const what =
        cameBack !== null && cameBack !== undefined
          ? this.#place(cameBack, `failed again: ${cameBack.reason}`)
          : sent === null
            ? 'its raw record was not found'
            : `sent to raw ${sent.partition}:${sent.offset}`;
      const words = how.filter((word) => typeof word === 'string').join(', ');
      return el(
        'tr',
        {},
        el('td', { class: 'mono', text: utc(replayedAt) }),
        el('td', { class: 'mono', text: replayId }),
        el('td', { text: String(attempt) }),
        el('td', { text: words === '' ? 'as it was' : words }),
        el('td', {}, what),
      );
    });
    const table = dataTable(heads, el('tbody', {}, rows));
    return el(
      'section',
      {},
      el('h2', { text: 'Replays' }),
      rows.length === 0
        ? el('p', { class: 'hint', text: 'It was not replayed.' })
        : el('div', { class: 'scroller', tabindex: '0', role: 'region', 'aria-label': 'Replays' }, table),
    );
  }
}

/** @param {NonNullable<Letter['source']>} source */
function sourceWords({ topic, partition, offset, timestamp }) {
  return `${topic} ${partition}:${offset}${timestamp === null ? '' : `, written ${utc(timestamp)}`}`;
}

/** @param {{ text: string, tone?: string }} line */
function lineOf({ text, tone }) {
  const shown = `${text}\n`;
  return tone === 'bad' ? el('mark', { class: 'payload-bad', text: shown }) : el('span', { text: shown });
}
