// A dashboard: its panels on their grid, asked again at every refresh.
import { leadingTo, writeAddress } from '../lib/address.js';
import { el } from '../lib/dom.js';
import { viewHead } from '../lib/layout.js';
import { rangeLabel, rangeMs, refreshMs } from '../lib/time.js';
import { PanelView } from '../panels/panel.js';
import { Toolbar } from './toolbar.js';

/** @typedef {import('../lib/address.js').Address} Address */
/** @typedef {import('../main.js').Page} Page */
/** @typedef {import('../../src/domain/console/dashboard.js').Dashboard} Dashboard */
/** @typedef {import('../panels/panel.js').Question} Question */

export class DashboardView {
  /** @type {Map<Element, PanelView>} */
  #panels = new Map();
  /** @type {Set<PanelView>} */
  #seen = new Set();
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;

  /**
   * @param {Page} page
   * @param {Dashboard} dashboard
   */
  constructor(page, dashboard) {
    this.page = page;
    this.dashboard = dashboard;
    this.title = dashboard.title;
    const context = {
      /** @param {number} from @param {number} to */
      zoom: (from, to) => this.#change({ range: { from: String(from), to: String(to) } }),
      /** @param {string} url */
      linkTo: (url) => writeAddress(leadingTo(page.address(), url)),
    };
    const views = dashboard.panels.map((panel) => new PanelView(panel, context));
    this.#panels = new Map(views.map((view) => [view.element, view]));
    this.toolbar = new Toolbar(dashboard, {
      change: (changed) => this.#change(changed),
      refresh: () => this.#ask(),
    });
    this.element = el(
      'div',
      { class: 'view' },
      viewHead(dashboard.title, el('p', { text: dashboard.description }), this.toolbar.element),
      el(
        'div',
        { class: 'grid' },
        views.map(({ element }) => element),
      ),
    );
    this.observer = new IntersectionObserver((entries) => this.#onSeen(entries), { rootMargin: '200px' });
    for (const { element } of views) this.observer.observe(element);
    this.onVisible = () => {
      if (!document.hidden) this.#ask();
    };
    document.addEventListener('visibilitychange', this.onVisible);
  }

  /** @param {Address} address */
  update(address) {
    const settings = this.#settings(address);
    this.toolbar.update(settings);
    clearInterval(this.#timer);
    const everyMs = refreshMs(settings.refresh);
    if (everyMs !== undefined)
      this.#timer = setInterval(() => {
        if (!document.hidden) this.#ask();
      }, everyMs);
    this.#ask();
  }

  destroy() {
    clearInterval(this.#timer);
    this.observer.disconnect();
    document.removeEventListener('visibilitychange', this.onVisible);
    for (const panel of this.#panels.values()) panel.destroy();
  }

  /** What the address says, else what the dashboard begins with. @param {Address} address */
  #settings({ range, refresh, chosen }) {
    const known = this.dashboard.variables.map(({ name }) => name);
    return {
      range: range ?? this.dashboard.time,
      refresh: refresh ?? this.dashboard.refresh,
      chosen: Object.fromEntries(Object.entries(chosen).filter(([name]) => known.includes(name))),
    };
  }

  /** @param {Partial<Pick<Address, 'range' | 'refresh' | 'chosen'>>} changed */
  #change(changed) {
    this.page.go({ ...this.page.address(), ...changed }, changed.range === undefined ? 'replace' : 'push');
  }

  /** @returns {Question | undefined} */
  #question() {
    const { range, chosen } = this.#settings(this.page.address());
    const moments = rangeMs(range, Date.now());
    this.toolbar.complain(
      moments === undefined ? 'This is no range of time: its end is not after its beginning.' : '',
    );
    if (moments === undefined) return undefined;
    const choices = this.dashboard.variables.flatMap(({ name, label }) =>
      chosen[name] === undefined ? [] : [`${label} ${chosen[name].join(', ')}`],
    );
    const words = `in the time range (${rangeLabel(range).toLowerCase()})${choices.length === 0 ? '' : `, with ${choices.join(' and ')}`}`;
    const settings = JSON.stringify([range, chosen]);
    return { dashboard: this.dashboard.uid, ...moments, chosen, settings, words };
  }

  /** Only what can be seen is asked for; the rest when it comes into sight. */
  #ask() {
    const question = this.#question();
    if (question === undefined) return;
    for (const panel of this.#seen) void panel.load(question);
    this.toolbar.asked(question);
  }

  /** @param {readonly IntersectionObserverEntry[]} entries */
  #onSeen(entries) {
    const question = this.#question();
    for (const { target, isIntersecting } of entries) {
      const panel = this.#panels.get(target);
      if (panel === undefined) continue;
      if (!isIntersecting) this.#seen.delete(panel);
      else if (!this.#seen.has(panel)) {
        this.#seen.add(panel);
        if (question !== undefined) void panel.load(question);
      }
    }
  }
}
