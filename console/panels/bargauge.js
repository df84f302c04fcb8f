// A bar for each row: its text names it, its number is its length.
import { colorProperty, thresholdColor } from '../lib/colors.js';
import { el, fill } from '../lib/dom.js';
import { fieldOf } from '../lib/series.js';
import { formatValue } from '../lib/units.js';

/**
 * @param {import('../../src/domain/console/dashboard.js').Panel} panel
 * @returns {import('./panel.js').Drawer}
 */
export function createBarGauge(panel) {
  const list = el('ul', { class: 'gauges' });
  return {
    element: list,
    isEmpty: ({ rows }) => rows.length === 0,
    update: ({ columns, rows }) => {
      const nameColumn = columns.findIndex(({ kind }) => kind === 'text');
      const valueColumn = columns.findIndex(({ kind }) => kind === 'number');
      const field = fieldOf(panel, columns[valueColumn]?.name ?? '');
      const longest = field.max ?? Math.max(...rows.map((row) => Number(row[valueColumn] ?? 0)), 0);
      fill(
        list,
        rows.map((row) => {
          const value = row[valueColumn] ?? null;
          const share = longest > 0 ? Math.max(0, Math.min(1, Number(value) / longest)) : 0;
          const color = colorProperty(thresholdColor(Number(value), field.thresholds));
          const name = String(row[nameColumn] ?? '');
          return el(
            'li',
            { class: 'gauge' },
            el('span', { class: 'gauge-name', text: name, title: name }),
            el(
              'span',
              { class: 'gauge-track', 'aria-hidden': 'true' },
              el('span', {
                class: 'gauge-bar',
                style: { '--share': String(share), '--color': `var(${color})` },
              }),
            ),
            el('span', { class: 'gauge-value', text: formatValue(value, field) }),
          );
        }),
      );
    },
    destroy: () => undefined,
  };
}
