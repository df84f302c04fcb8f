// One number.
import { colorProperty, thresholdColor } from '../lib/colors.js';
import { el, fill } from '../lib/dom.js';
import { fieldOf, statValue } from '../lib/series.js';
import { formatValue } from '../lib/units.js';
import { spark } from './spark.js';

/** @typedef {import('./panel.js').Drawer} Drawer */

/**
 * @param {import('../../src/domain/console/dashboard.js').Panel} panel
 * @returns {Drawer}
 */
export function createStat(panel) {
  const value = el('p', { class: 'stat-value' });
  const history = el('div', { class: 'stat-spark' });
  return {
    element: el('div', { class: 'stat' }, value, history),
    isEmpty: () => false,
    update: (table) => {
      const found = statValue(table);
      const field = fieldOf(panel, found.column);
      const text = formatValue(found.value, field);
      value.textContent = text;
      value.style.setProperty('--length', String(Math.max(4, text.length)));
      const color = found.value === null ? 'muted' : thresholdColor(Number(found.value), field.thresholds);
      value.style.setProperty('color', color === 'muted' ? 'var(--muted)' : `var(${colorProperty(color)})`);
      fill(history, found.history.length > 1 ? spark(found.history) : null);
    },
    destroy: () => undefined,
  };
}
