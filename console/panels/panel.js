// A panel: its frame, and what stands in it: a drawing, that there is nothing, or what went wrong.
import { asApiError, get, isAbort } from '../lib/api.js';
import { dropdown, el, fill, icon } from '../lib/dom.js';
import { createBarGauge } from './bargauge.js';
import { createChart } from './chart.js';
import { createStat } from './stat.js';
import { createTable } from './table.js';

/** @typedef {import('../../src/domain/console/dashboard.js').Panel} Panel */
/** @typedef {import('../../src/domain/console/result.js').ResultTable} ResultTable */

/**
 * What draws results of one kind of panel.
 * @typedef {object} Drawer
 * @property {HTMLElement} element
 * @property {(table: ResultTable) => boolean} isEmpty
 * @property {(table: ResultTable, range: { fromMs: number, toMs: number }) => void} update
 * @property {() => void} destroy
 */

/**
 * What a panel is asked.
 * @typedef {object} Question
 * @property {string} dashboard
 * @property {number} fromMs
 * @property {number} toMs
 * @property {Readonly<Record<string, readonly string[]>>} chosen
 * @property {string} settings the same for a question that only time has changed
 * @property {string} words the range and the choices, for people
 */

/**
 * @typedef {object} Context
 * @property {(fromMs: number, toMs: number) => void} zoom
 * @property {(url: string) => string} linkTo another dashboard in the same time range
 */

/** @type {Readonly<Record<Panel['kind'], (panel: Panel, context: Context) => Drawer>>} */
const drawers = {
  stat: createStat,
  timeseries: createChart,
  bargauge: createBarGauge,
  table: createTable,
  unknown: createUnknown,
};

export class PanelView {
  /** @type {{ question: Question, abort: AbortController } | undefined} */
  #asking;
  /** @type {{ table: ResultTable, question: Question } | undefined} */
  #last;
  #asTable = false;
  /** Of the last question that was put, answered or not. */
  asked = '';

  /**
   * @param {Panel} panel
   * @param {Context} context
   */
  constructor(panel, context) {
    this.panel = panel;
    this.context = context;
    this.drawer = drawers[panel.kind](panel, context);
    this.body = el('div', { class: 'panel-body' }, el('div', { class: 'skeleton', 'aria-hidden': 'true' }));
    this.notice = el('div', { class: 'panel-notice', role: 'status', hidden: true });
    const { x, y, w, h } = panel.place;
    const heading = `panel-${panel.id}`;
    this.element = el(
      'section',
      {
        class: `panel panel-${panel.kind}`,
        'aria-labelledby': heading,
        'aria-busy': 'true',
        'data-panel': String(panel.id),
        style: { '--x': String(x + 1), '--y': String(y + 1), '--w': String(w), '--h': String(h) },
      },
      el('header', { class: 'panel-head' }, el('h2', { id: heading, text: panel.title }), this.#tools()),
      this.body,
      this.notice,
    );
  }

  #tools() {
    const { description, title, links, kind } = this.panel;
    const toggle = el(
      'button',
      {
        type: 'button',
        class: 'tool',
        'aria-pressed': 'false',
        'aria-label': `${title} as a table`,
        title: 'As a table',
      },
      icon('table'),
    );
    toggle.addEventListener('click', () => {
      this.#asTable = !this.#asTable;
      toggle.setAttribute('aria-pressed', String(this.#asTable));
      this.#redraw();
    });
    return el(
      'div',
      { class: 'panel-tools' },
      links.map((link) =>
        el(
          'a',
          {
            class: 'tool',
            href: this.context.linkTo(link.url),
            'aria-label': `${title}: more on ${link.title}`,
            title: `More on ${link.title}`,
          },
          icon('external'),
        ),
      ),
      kind === 'timeseries' || kind === 'bargauge' ? toggle : null,
      description === '' ? null : about(title, description),
    );
  }

  /** @param {Question} question */
  async load(question) {
    // A refresh waits for the answer to the one before it; other settings do not.
    if (this.#asking?.question.settings === question.settings) return;
    this.#asking?.abort.abort();
    const asking = { question, abort: new AbortController() };
    this.#asking = asking;
    this.asked = question.settings;
    this.element.setAttribute('aria-busy', 'true');
    try {
      const table = await get('query', paramsOf(this.panel, question), asking.abort.signal);
      this.#last = { table, question };
      this.#show();
      this.#say(undefined);
    } catch (error) {
      if (!isAbort(error)) this.#say(error);
    } finally {
      if (this.#asking === asking) {
        this.#asking = undefined;
        this.element.setAttribute('aria-busy', 'false');
      }
    }
  }

  destroy() {
    this.#asking?.abort.abort();
    this.drawer.destroy();
  }

  #redraw() {
    this.drawer.destroy();
    this.drawer = this.#asTable
      ? createTable(this.panel)
      : drawers[this.panel.kind](this.panel, this.context);
    this.#show();
  }

  #show() {
    if (this.#last === undefined) return;
    const { table, question } = this.#last;
    if (this.drawer.isEmpty(table)) {
      fill(this.body, el('p', { class: 'nothing', text: `Nothing ${question.words}.` }));
      return;
    }
    if (!this.body.contains(this.drawer.element)) fill(this.body, this.drawer.element);
    this.drawer.update(table, question);
  }

  /** What went wrong stands over what was there before. @param {unknown} error */
  #say(error) {
    this.notice.hidden = error === undefined;
    this.element.classList.toggle('is-stale', error !== undefined);
    if (error === undefined) {
      this.notice.replaceChildren();
      return;
    }
    const { message, suggestions } = asApiError(error);
    fill(
      this.notice,
      icon('alert'),
      el('p', {}, el('strong', { text: message }), ' ', suggestions.join(' ')),
    );
    if (this.#last === undefined) this.body.replaceChildren();
  }
}

/**
 * @param {string} title
 * @param {string} description
 */
function about(title, description) {
  const { root } = dropdown({
    label: '',
    name: `About ${title}`,
    class: 'tool tool-about',
    end: true,
    content: el('p', { class: 'about', text: description }),
  });
  root.querySelector('button')?.replaceChildren(icon('info'));
  return root;
}

/**
 * @param {Panel} panel
 * @param {Question} question
 */
function paramsOf({ id }, { dashboard, fromMs, toMs, chosen }) {
  const params = new URLSearchParams({
    dashboard,
    panel: String(id),
    from: String(fromMs),
    to: String(toMs),
  });
  for (const [name, values] of Object.entries(chosen))
    for (const value of values) params.append(`var-${name}`, value);
  return params;
}

/** @returns {Drawer} */
function createUnknown() {
  const element = el('p', { class: 'nothing', text: 'The console cannot draw this panel; Grafana can.' });
  return { element, isEmpty: () => false, update: () => undefined, destroy: () => undefined };
}
