// A chart over time: bars or lines, their legend, and what they are at a moment.
import { colorProperty } from '../lib/colors.js';
import { el, fill } from '../lib/dom.js';
import { seriesOf, stacked, withGaps } from '../lib/series.js';
import { onTheme } from '../lib/theme.js';
import { formatValue } from '../lib/units.js';
import { createLegend } from './legend.js';
import { Plot, plotOptions } from './plot.js';

/** @typedef {import('./plot.js').UPlot} UPlot */
/** @typedef {import('../lib/series.js').Series} Series */
/** @typedef {import('../lib/series.js').Value} Value */
/** @typedef {import('../../src/domain/console/dashboard.js').Panel} Panel */
/** @typedef {import('../../src/domain/console/dashboard.js').Chart} ChartModel */

/**
 * @param {Panel} panel
 * @param {{ zoom: (fromMs: number, toMs: number) => void }} context
 * @returns {import('./panel.js').Drawer}
 */
export function createChart(panel, context) {
  const chart = new Chart(panel, context);
  return {
    element: chart.element,
    isEmpty: ({ rows }) => rows.length === 0,
    update: (table, range) => chart.update(table, range),
    destroy: () => chart.destroy(),
  };
}

class Chart {
  /** @type {UPlot | undefined} */
  #plot;
  #range = { fromMs: 0, toMs: 1 };
  /** @type {{ times: number[], series: Series[] }} */
  #set = { times: [], series: [] };
  /** @type {number[][]} */
  #lower = [];
  /** @type {Set<string>} */
  #hidden = new Set();
  /** What the plot was made for. */
  #made = '';
  /** Of the moment that is pointed at. @type {number | undefined} */
  #index;

  /**
   * @param {Panel} panel
   * @param {{ zoom: (fromMs: number, toMs: number) => void }} context
   */
  constructor(panel, context) {
    this.panel = panel;
    this.context = context;
    this.model = /** @type {ChartModel} */ (panel.chart);
    this.tooltip = el('div', { class: 'tooltip', hidden: true });
    this.spoken = el('p', { class: 'visually-hidden', 'aria-live': 'polite' });
    this.area = el('div', {
      class: 'plot',
      tabindex: '0',
      role: 'img',
      on: { keydown: (event) => this.#onKey(event), blur: () => this.#pointAt(undefined) },
    });
    this.legend = createLegend(panel, {
      isHidden: (name) => this.#hidden.has(name),
      toggle: (name, alone) => this.#toggle(name, alone),
    });
    const side = panel.legend?.side ?? 'bottom';
    this.element = el(
      'div',
      { class: `chart chart-${side}` },
      el('div', { class: 'plot-box' }, this.area, this.tooltip, this.spoken),
      this.legend.element,
    );
    this.resizer = new ResizeObserver(() => this.#resize());
    this.resizer.observe(this.area);
    this.forget = onTheme(() => {
      this.#made = '';
      this.#draw();
    });
  }

  /**
   * @param {import('../../src/domain/console/result.js').ResultTable} table
   * @param {{ fromMs: number, toMs: number }} range
   */
  update(table, range) {
    this.#range = range;
    this.#set = withGaps(seriesOf(this.panel, table), this.model.gapMs);
    this.#draw();
  }

  destroy() {
    this.resizer.disconnect();
    this.forget();
    this.#plot?.destroy();
  }

  #draw() {
    const { series } = this.#set;
    this.legend.update(series);
    this.area.setAttribute('aria-label', this.#summary());
    const size = { width: this.area.clientWidth, height: this.area.clientHeight };
    if (size.width < 40 || size.height < 40) return;
    const data = this.#data();
    const made = JSON.stringify([this.#hidden.size === 0, series.map(({ name, color }) => [name, color])]);
    if (this.#plot === undefined || made !== this.#made) {
      this.#plot?.destroy();
      this.#made = made;
      this.#plot = new Plot(
        plotOptions(this.panel, this.model, series, {
          size,
          range: () => this.#range,
          lower: (index) => this.#lower[index] ?? [],
          hooks: { setCursor: [() => this.#onCursor()], setSelect: [(plot) => this.#onSelect(plot)] },
        }),
        data,
        this.area,
      );
    } else this.#plot.setData(data);
    if (this.#index !== undefined) this.#showTooltip();
  }

  /** @returns {import('uplot').AlignedData} */
  #data() {
    const { times, series } = this.#set;
    const seen = series.map(({ name, values }) => (this.#hidden.has(name) ? undefined : values));
    if (this.model.style === 'line' && !this.model.isStacked)
      return [times, ...seen.map((values) => values ?? times.map(() => undefined))];
    const bars = this.model.isStacked
      ? stacked(seen, times.length)
      : seen.flatMap((values) => stacked([values], times.length));
    this.#lower = bars.map(({ lower }) => lower);
    return [times, ...bars.map(({ upper }) => upper)];
  }

  #resize() {
    const { clientWidth: width, clientHeight: height } = this.area;
    if (width < 40 || height < 40) return;
    if (this.#plot === undefined) this.#draw();
    else if (this.#plot.width !== width || this.#plot.height !== height)
      this.#plot.setSize({ width, height });
  }

  /**
   * @param {string} name
   * @param {boolean} alone
   */
  #toggle(name, alone) {
    const names = this.#set.series.map((series) => series.name);
    if (alone) {
      const isAlone = !this.#hidden.has(name) && this.#hidden.size === names.length - 1;
      this.#hidden = new Set(isAlone ? [] : names.filter((other) => other !== name));
    } else if (!this.#hidden.delete(name)) this.#hidden.add(name);
    this.#draw();
  }

  /** A part of the time range that was dragged over becomes the range. @param {UPlot} plot */
  #onSelect(plot) {
    const { left, width } = plot.select;
    if (width < 8) return;
    plot.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
    this.context.zoom(Math.round(plot.posToVal(left, 'x')), Math.round(plot.posToVal(left + width, 'x')));
  }

  /** Also called for a chart beside this one: then it shows the line, and no numbers. */
  #onCursor() {
    const plot = this.#plot;
    const isOwn = this.area.matches(':hover') || document.activeElement === this.area;
    const left = plot?.cursor.left ?? -1;
    if (plot === undefined || !isOwn || left < 0) this.#index = undefined;
    else this.#index = this.#indexAt(plot.posToVal(left, 'x'));
    this.#showTooltip();
  }

  /** The bar that covers a moment, or the nearest point. @param {number} ms */
  #indexAt(ms) {
    const { times } = this.#set;
    const after = times.findIndex((time) => time > ms);
    const before = after < 0 ? times.length - 1 : after - 1;
    if (this.model.style === 'bars') {
      const start = times[before];
      return start !== undefined && ms - start < this.model.intervalMs ? before : undefined;
    }
    const [a, b] = [times[before], times[after]];
    return a === undefined ? after : b === undefined || ms - a <= b - ms ? before : after;
  }

  /** @param {number | undefined} index */
  #pointAt(index) {
    const time = index === undefined ? undefined : this.#set.times[index];
    if (time === undefined || this.#plot === undefined) this.#plot?.setCursor({ left: -10, top: -10 });
    else {
      const middle = this.model.style === 'bars' ? this.model.intervalMs * 0.4 : 0;
      this.#plot.setCursor({ left: this.#plot.valToPos(time + middle, 'x'), top: 10 });
    }
    this.#index = time === undefined ? undefined : index;
    this.#showTooltip();
    this.spoken.textContent = this.#index === undefined ? '' : this.#sentenceAt(this.#index);
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const last = this.#set.times.length - 1;
    const at = this.#index ?? last + 1;
    /** @type {Record<string, number | undefined>} */
    const moves = {
      ArrowLeft: Math.max(0, at - 1),
      ArrowRight: Math.min(last, at + 1),
      Home: 0,
      End: last,
      Escape: undefined,
    };
    if (!(event.key in moves) || last < 0) return;
    event.preventDefault();
    this.#pointAt(moves[event.key]);
  }

  /** What is at a moment, largest first. @param {number} index */
  #rowsAt(index) {
    return this.#set.series
      .flatMap((series) => {
        const value = series.values[index];
        return typeof value !== 'number' || this.#hidden.has(series.name) ? [] : [{ ...series, value }];
      })
      .sort((a, b) => b.value - a.value);
  }

  /** @param {number} index */
  #sentenceAt(index) {
    const rows = this.#rowsAt(index).map(({ name, value, field }) => `${name} ${formatValue(value, field)}`);
    return `${formatValue(this.#set.times[index], { unit: 'dateTimeAsLocal' })}: ${rows.join(', ')}`;
  }

  #showTooltip() {
    const index = this.#index;
    const rows = index === undefined ? [] : this.#rowsAt(index);
    this.tooltip.hidden = rows.length === 0;
    if (index === undefined || rows.length === 0) return;
    fill(
      this.tooltip,
      el('p', {
        class: 'tooltip-time',
        text: formatValue(this.#set.times[index], { unit: 'dateTimeAsLocal' }),
      }),
      rows
        .slice(0, 14)
        .map(({ name, color, value, field }) =>
          el(
            'p',
            { class: 'tooltip-row' },
            el('span', { class: 'swatch', style: { '--color': `var(${colorProperty(color)})` } }),
            el('span', { class: 'tooltip-name', text: name }),
            el('span', { class: 'tooltip-value', text: formatValue(value, field) }),
          ),
        ),
    );
    this.#placeTooltip();
  }

  /** Beside the line, on the side that has room. */
  #placeTooltip() {
    const plot = this.#plot;
    if (plot === undefined) return;
    const x = plot.over.offsetLeft + (plot.cursor.left ?? 0);
    const { offsetWidth: width } = this.tooltip;
    const room = this.area.clientWidth;
    const left = x + 14 + width <= room ? x + 14 : Math.max(0, x - 14 - width);
    this.tooltip.style.setProperty('left', `${left}px`);
    this.tooltip.style.setProperty('top', '4px');
  }

  #summary() {
    const { times, series } = this.#set;
    const names = series.map(({ name }) => name).join(', ');
    return `${this.panel.title}: chart of ${names || 'nothing'}, ${times.length} moments. Arrow keys read the values.`;
  }
}
