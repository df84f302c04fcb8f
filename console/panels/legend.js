// The names of the series, what is said of each, and a way to hide it.
import { colorProperty } from '../lib/colors.js';
import { el, fill } from '../lib/dom.js';
import { calculated } from '../lib/series.js';
import { formatValue } from '../lib/units.js';

/** @typedef {import('../lib/series.js').Series} Series */

/**
 * @param {import('../../src/domain/console/dashboard.js').Panel} panel
 * @param {{ isHidden: (name: string) => boolean, toggle: (name: string, alone: boolean) => void }} shown
 */
export function createLegend({ legend }, { isHidden, toggle }) {
  const { side = 'bottom', asTable = false, calcs = [] } = legend ?? {};
  const element = el('div', { class: `legend legend-${side}`, hidden: legend === undefined });
  /** @param {Series} series */
  const item = ({ name, color }) => {
    const button = el(
      'button',
      {
        type: 'button',
        class: 'legend-item',
        'aria-pressed': String(!isHidden(name)),
        title: 'Show or hide; with Alt: only this one',
        'data-series': name,
        on: { click: (event) => toggle(name, event.altKey) },
      },
      el('span', { class: 'swatch', style: { '--color': `var(${colorProperty(color)})` } }),
      el('span', { class: 'legend-name', text: name, title: name }),
    );
    return button;
  };
  /** @param {Series} series */
  const figures = ({ values, field }) =>
    calcs.map((calc) => {
      const { title, value } = calculated(calc, values);
      return { title, text: formatValue(value, field) };
    });
  /** @param {readonly Series[]} all */
  const update = (all) => {
    const focused = element.contains(document.activeElement)
      ? document.activeElement?.getAttribute('data-series')
      : undefined;
    fill(element, asTable ? table(all, item, figures) : list(all, item, figures));
    if (typeof focused !== 'string') return;
    for (const button of element.querySelectorAll('button'))
      if (button.dataset.series === focused) button.focus({ preventScroll: true });
  };
  return { element, update };
}

/** @typedef {(series: Series) => HTMLElement} Item */
/** @typedef {(series: Series) => { title: string, text: string }[]} Figures */

/**
 * @param {readonly Series[]} all
 * @param {Item} item
 * @param {Figures} figures
 */
function list(all, item, figures) {
  return el(
    'ul',
    { class: 'legend-list' },
    all.map((series) =>
      el(
        'li',
        {},
        item(series),
        figures(series).map(({ title, text }) =>
          el(
            'span',
            { class: 'legend-figure' },
            el('span', { class: 'legend-what', text: `${title} ` }),
            text,
          ),
        ),
      ),
    ),
  );
}

/**
 * @param {readonly Series[]} all
 * @param {Item} item
 * @param {Figures} figures
 */
function table(all, item, figures) {
  const [first] = all;
  const titles = first === undefined ? [] : figures(first).map(({ title }) => title);
  return el(
    'table',
    { class: 'legend-table' },
    el(
      'thead',
      {},
      el(
        'tr',
        {},
        el('th', { scope: 'col' }, el('span', { class: 'visually-hidden', text: 'Series' })),
        titles.map((text) => el('th', { scope: 'col', text })),
      ),
    ),
    el(
      'tbody',
      {},
      all.map((series) =>
        el(
          'tr',
          {},
          el('th', { scope: 'row' }, item(series)),
          figures(series).map(({ text }) => el('td', { text })),
        ),
      ),
    ),
  );
}
