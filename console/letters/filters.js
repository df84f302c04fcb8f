// Which dead letters: reason, type, time, user, what the payload has, and whether they wait.
import { el } from '../lib/dom.js';
import { Choices } from '../views/choices.js';
import { sinces } from './words.js';

/** @typedef {import('../lib/address.js').Address} Address */
/** @typedef {{ chosen?: Address['chosen'], other?: Record<string, string> }} Changed */
/** @typedef {import('../../src/domain/console/letter-answer.js').LetterCounts} Counts */

export class Filters {
  /** @type {Address['chosen']} */
  #chosen = {};
  /** @type {{ reason: readonly string[], event_type: readonly string[] }} */
  #offered = { reason: [], event_type: [] };

  /** @param {(changed: Changed) => void} change */
  constructor(change) {
    this.change = change;
    this.reason = this.#choices('reason', 'Reason');
    this.type = this.#choices('event_type', 'Type');
    this.since = el(
      'select',
      { class: 'control', on: { change: () => this.#say('since', this.since.value) } },
      sinces.map(([value, text]) => el('option', { value, text })),
    );
    this.user = this.#input('user', 'u-17');
    this.match = this.#input('match', 'page=/cart');
    this.outstanding = el('input', {
      type: 'checkbox',
      on: { change: () => this.#say('outstanding', this.outstanding.checked ? 'true' : '') },
    });
    this.clear = el('button', {
      type: 'button',
      class: 'control',
      text: 'Clear',
      'aria-label': 'Clear the filters',
      on: {
        click: () =>
          change({
            chosen: Object.fromEntries(
              Object.entries(this.#chosen).filter(([name]) => name !== 'reason' && name !== 'event_type'),
            ),
            other: { since: '', user: '', match: '', outstanding: '' },
          }),
      },
    });
    this.element = el(
      'form',
      {
        class: 'filters',
        role: 'search',
        'aria-label': 'Filters',
        on: { submit: (event) => event.preventDefault() },
      },
      this.reason.element,
      this.type.element,
      el('label', { class: 'field' }, el('span', { text: 'Failed' }), this.since),
      el('label', { class: 'field' }, el('span', { text: 'User' }), this.user),
      el('label', { class: 'field' }, el('span', { text: 'Payload has' }), this.match),
      el('label', { class: 'check field' }, this.outstanding, el('span', { text: 'Outstanding only' })),
      this.clear,
    );
  }

  /** @param {Address} address */
  update({ chosen, other }) {
    this.#chosen = chosen;
    this.reason.update(chosen.reason ?? []);
    this.type.update(chosen.event_type ?? []);
    const { since = '', user = '', match = '', outstanding = '' } = other;
    if (![...this.since.options].some(({ value }) => value === since))
      this.since.append(el('option', { value: since, text: `Since ${since}` }));
    this.since.value = since;
    for (const [input, value] of /** @type {const} */ ([
      [this.user, user],
      [this.match, match],
    ]))
      if (document.activeElement !== input) input.value = value;
    this.outstanding.checked = outstanding !== '';
    this.clear.hidden =
      chosen.reason === undefined &&
      chosen.event_type === undefined &&
      since + user + match + outstanding === '';
  }

  /** What can be chosen. @param {Counts} counts */
  offer({ reasons, types }) {
    this.#offered = { reason: reasons, event_type: types };
    for (const one of [this.reason, this.type])
      one.offer(this.#offered[one.variable.name === 'reason' ? 'reason' : 'event_type']);
  }

  /**
   * @param {'reason' | 'event_type'} name
   * @param {string} label
   */
  #choices(name, label) {
    return new Choices(
      { name, label, multi: true, includeAll: true, hidden: false },
      {
        ask: () => Promise.resolve({ columns: [], rows: [] }),
        dashboard: '',
        choose: (values) => {
          const others = Object.entries(this.#chosen).filter(([other]) => other !== name);
          const own = values.length === 0 ? [] : [[name, values]];
          this.change({ chosen: Object.fromEntries([...others, ...own]) });
        },
      },
    );
  }

  /**
   * @param {'user' | 'match'} name
   * @param {string} placeholder
   */
  #input(name, placeholder) {
    const input = el('input', {
      type: 'text',
      class: 'control',
      placeholder,
      spellcheck: 'false',
      autocomplete: 'off',
      maxlength: '1000',
      on: {
        change: () => this.#say(name, input.value.trim()),
        keydown: (event) => {
          if (event.key === 'Enter') this.#say(name, input.value.trim());
        },
      },
    });
    return input;
  }

  /**
   * @param {string} name
   * @param {string} value
   */
  #say(name, value) {
    this.change({ other: { [name]: value } });
  }
}
