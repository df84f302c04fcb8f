// Above the panels: variables, the time range, and how often it all is asked again.
import { get } from '../lib/api.js';
import { dropdown, el, fill, icon } from '../lib/dom.js';
import { changedRange, localInput, presets, rangeLabel, rangeMs, refreshes } from '../lib/time.js';
import { Choices } from './choices.js';

/** @typedef {import('../lib/time.js').Range} Range */
/** @typedef {import('../../src/domain/console/dashboard.js').Dashboard} Dashboard */
/** @typedef {{ range: Range, refresh: string, chosen: Readonly<Record<string, readonly string[]>> }} Settings */

export class Toolbar {
  /** @type {Settings} */
  #settings = { range: { from: 'now-30m', to: 'now' }, refresh: '', chosen: {} };

  /**
   * @param {Dashboard} dashboard
   * @param {{ change: (changed: Partial<Settings>) => void, refresh: () => void }} tell
   */
  constructor(dashboard, { change, refresh }) {
    this.change = change;
    this.choices = this.#choicesOf(dashboard);
    this.trouble = el('p', { class: 'trouble', role: 'alert' });
    this.presets = el('ul', { class: 'menu' });
    this.form = this.#rangeForm();
    this.picker = dropdown({
      label: '',
      content: el('div', { class: 'range' }, this.presets, this.form.element),
      class: 'control-range',
      end: true,
    });
    this.select = el(
      'select',
      {
        class: 'control',
        'aria-label': 'Refresh',
        on: { change: () => change({ refresh: this.select.value }) },
      },
      refreshes.map((text) => el('option', { value: text, text: text === '' ? 'Off' : `Every ${text}` })),
    );
    this.element = el(
      'div',
      { class: 'toolbar' },
      this.choices.map(({ element }) => element),
      el(
        'div',
        { class: 'group', role: 'group', 'aria-label': 'Time range' },
        this.#mover('left', 'earlier', 'Earlier'),
        this.picker.root,
        this.#mover('right', 'later', 'Later'),
        this.#mover('out', 'wider', 'Twice as long'),
      ),
      el(
        'div',
        { class: 'group', role: 'group', 'aria-label': 'Refreshing' },
        el(
          'button',
          {
            type: 'button',
            class: 'control control-icon',
            'aria-label': 'Refresh now',
            title: 'Refresh now',
            on: { click: refresh },
          },
          icon('refresh'),
        ),
        this.select,
      ),
      this.trouble,
    );
  }

  /** @param {Dashboard} dashboard */
  #choicesOf({ uid, variables }) {
    return variables
      .filter(({ hidden }) => !hidden)
      .map(
        (variable) =>
          new Choices(variable, {
            ask: (params) => get('query', params),
            dashboard: uid,
            choose: (values) => {
              const others = Object.entries(this.#settings.chosen).filter(([name]) => name !== variable.name);
              const own = values.length === 0 ? [] : [[variable.name, values]];
              this.change({ chosen: Object.fromEntries([...others, ...own]) });
            },
          }),
      );
  }

  /** @param {Settings} settings */
  update(settings) {
    this.#settings = settings;
    const { range, refresh } = settings;
    const label = rangeLabel(range);
    this.picker.rename(label, `Time range: ${label}`);
    if (!refreshes.includes(refresh))
      this.select.append(el('option', { value: refresh, text: `Every ${refresh}` }));
    this.select.value = refresh;
    fill(
      this.presets,
      presets.map(([from, text]) =>
        el(
          'li',
          {},
          el('button', {
            type: 'button',
            text,
            'aria-pressed': String(range.to === 'now' && range.from === from),
            on: {
              click: () => {
                this.picker.close();
                this.change({ range: { from, to: 'now' } });
              },
            },
          }),
        ),
      ),
    );
    for (const choices of this.choices) choices.update(settings.chosen[choices.variable.name] ?? []);
  }

  /** @param {import('../panels/panel.js').Question} question */
  asked(question) {
    for (const choices of this.choices) choices.asked(question);
    this.form.suggest(question.fromMs, question.toMs);
  }

  /** @param {string} sentence empty for none */
  complain(sentence) {
    if (this.trouble.textContent !== sentence) this.trouble.textContent = sentence;
  }

  /**
   * @param {'left' | 'right' | 'out'} name
   * @param {'earlier' | 'later' | 'wider'} how
   * @param {string} label
   */
  #mover(name, how, label) {
    const move = () => this.change({ range: changedRange(this.#settings.range, how, Date.now()) });
    return el(
      'button',
      {
        type: 'button',
        class: 'control control-icon',
        'aria-label': label,
        title: label,
        on: { click: move },
      },
      icon(name),
    );
  }

  #rangeForm() {
    const from = el('input', { type: 'datetime-local', step: '1', class: 'control', name: 'from' });
    const to = el('input', { type: 'datetime-local', step: '1', class: 'control', name: 'to' });
    const trouble = el('p', { class: 'trouble', role: 'alert' });
    const apply = () => {
      const range = {
        from: String(new Date(from.value).getTime()),
        to: String(new Date(to.value).getTime()),
      };
      const isRange = rangeMs(range, Date.now()) !== undefined;
      trouble.textContent = isRange ? '' : 'The end must be after the beginning.';
      if (!isRange) return;
      this.picker.close();
      this.change({ range });
    };
    const element = el(
      'form',
      {
        class: 'range-form',
        on: {
          /** @param {Event} event */
          submit: (event) => {
            event.preventDefault();
            apply();
          },
        },
      },
      el('label', {}, 'From', from),
      el('label', {}, 'To', to),
      trouble,
      el('button', { type: 'submit', class: 'control control-primary', text: 'Apply' }),
    );
    return {
      element,
      /** What is shown now, unless somebody is typing. @param {number} fromMs @param {number} toMs */
      suggest: (fromMs, toMs) => {
        if (element.contains(document.activeElement)) return;
        from.value = localInput(fromMs);
        to.value = localInput(toMs);
      },
    };
  }
}
