// A variable: all of its values, or some of them.
import { asApiError } from '../lib/api.js';
import { dropdown, el, fill } from '../lib/dom.js';

/** @typedef {import('../../src/domain/console/dashboard.js').Variable} Variable */

/** More values than this can be searched. */
const fewValues = 8;

export class Choices {
  /** @type {string[]} */
  #values = [];
  /** @type {readonly string[]} */
  #chosen = [];
  #trouble = '';
  #asked = 0;

  /**
   * @param {Variable} variable
   * @param {{
   *   ask: (params: URLSearchParams) => Promise<import('../../src/domain/console/result.js').ResultTable>,
   *   dashboard: string,
   *   choose: (values: string[]) => void,
   * }} given
   */
  constructor(variable, { ask, dashboard, choose }) {
    this.variable = variable;
    this.ask = ask;
    this.dashboard = dashboard;
    this.choose = choose;
    this.search = el('input', {
      type: 'search',
      class: 'control',
      placeholder: 'Search',
      'aria-label': `Search ${variable.label}`,
      on: { input: () => this.#draw() },
    });
    this.list = el('ul', { class: 'menu' });
    this.picker = dropdown({
      label: '',
      content: el(
        'fieldset',
        { class: 'choices' },
        el('legend', { class: 'visually-hidden', text: variable.label }),
        this.search,
        this.list,
      ),
    });
    this.element = this.picker.root;
  }

  /** @param {readonly string[]} chosen none is all */
  update(chosen) {
    this.#chosen = chosen;
    const shown =
      chosen.length === 0 ? 'All' : chosen.length > 2 ? `${chosen.length} chosen` : chosen.join(', ');
    this.picker.rename(`${this.variable.label}: ${shown}`);
    this.#draw();
  }

  /** Values come and go with the data: they are asked for with it, at most every ten seconds. @param {{ fromMs: number, toMs: number }} range */
  asked({ fromMs, toMs }) {
    if (Date.now() - this.#asked < 10_000) return;
    this.#asked = Date.now();
    const params = new URLSearchParams({
      dashboard: this.dashboard,
      variable: this.variable.name,
      from: String(fromMs),
      to: String(toMs),
    });
    this.ask(params).then(
      ({ rows }) => {
        this.#trouble = '';
        this.#take(rows.map(([value]) => String(value ?? '')));
      },
      (error) => {
        this.#trouble = asApiError(error).message;
        this.#draw();
      },
    );
  }

  /** Values that come from elsewhere. @param {readonly string[]} values */
  offer(values) {
    this.#take([...values]);
  }

  /** @param {string[]} values */
  #take(values) {
    if (JSON.stringify(values) === JSON.stringify(this.#values)) return;
    this.#values = values;
    this.#draw();
  }

  #draw() {
    const all = [...new Set([...this.#values, ...this.#chosen])].sort();
    this.search.hidden = all.length <= fewValues;
    const found = all.filter((value) => value.toLowerCase().includes(this.search.value.toLowerCase()));
    const focused = this.list.contains(document.activeElement)
      ? /** @type {HTMLInputElement} */ (document.activeElement).value
      : undefined;
    fill(
      this.list,
      this.#row('All', '$__all', this.#chosen.length === 0, () => this.choose([])),
      found.map((value) =>
        this.#row(value === '' ? '(none)' : value, value, this.#chosen.includes(value), () =>
          this.#toggle(value),
        ),
      ),
      all.length === 0
        ? el('li', { class: 'hint', text: this.#trouble || 'There are no values yet.' })
        : null,
    );
    if (focused !== undefined)
      for (const box of this.list.querySelectorAll('input')) if (box.value === focused) box.focus();
  }

  /** @param {string} value */
  #toggle(value) {
    const without = this.#chosen.filter((other) => other !== value);
    if (without.length < this.#chosen.length) this.choose(without);
    else this.choose(this.variable.multi ? [...this.#chosen, value] : [value]);
  }

  /**
   * @param {string} label
   * @param {string} value
   * @param {boolean} checked
   * @param {() => void} toggle
   */
  #row(label, value, checked, toggle) {
    const box = el('input', { type: 'checkbox', value, checked, on: { change: toggle } });
    return el('li', {}, el('label', { class: 'choice' }, box, el('span', { text: label })));
  }
}
