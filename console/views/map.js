// The pipeline as it is now: what `streamlab top` shows, as a map.
import { asApiError, get, isAbort } from '../lib/api.js';
import { el, fill, icon } from '../lib/dom.js';
import { viewHead } from '../lib/layout.js';
import { Cards } from '../map/cards.js';
import { Flow } from '../map/flow.js';
import { length } from '../map/words.js';

/** @typedef {import('../../src/domain/pipeline/view.js').PipelineView} View */

const everyMs = 2_000;

export class MapView {
  title = 'Map';
  #abort = new AbortController();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #paused = false;
  /** What is shown of the findings, so that screen readers hear only changes. */
  #said = '';

  /** @param {import('../main.js').Page} page */
  constructor({ session }) {
    this.flow = new Flow();
    this.cards = new Cards();
    this.findings = el('ul', { class: 'findings', role: 'status' });
    this.sources = el('ul', { class: 'sources', 'aria-label': 'Systems' });
    this.trouble = el('div', { class: 'banner', role: 'alert', hidden: true });
    this.pause = el('button', {
      type: 'button',
      class: 'control',
      'aria-pressed': 'false',
      text: 'Pause',
      on: { click: () => this.#toggle() },
    });
    this.element = el(
      'div',
      { class: 'view' },
      viewHead(
        'Map',
        el('p', { text: 'The pipeline as it is now.' }),
        el('div', { class: 'toolbar' }, this.sources, this.pause),
      ),
      this.trouble,
      this.findings,
      this.flow.element,
      this.cards.element,
      reached(session.endpoints),
    );
    this.onVisible = () => {
      if (!document.hidden && !this.#paused) this.#look();
    };
    document.addEventListener('visibilitychange', this.onVisible);
  }

  update() {
    void this.#look();
  }

  destroy() {
    this.#abort.abort();
    clearTimeout(this.#timer);
    document.removeEventListener('visibilitychange', this.onVisible);
  }

  #toggle() {
    this.#paused = !this.#paused;
    this.pause.setAttribute('aria-pressed', String(this.#paused));
    this.pause.textContent = this.#paused ? 'Go on' : 'Pause';
    if (!this.#paused) void this.#look();
  }

  /** One look after the other, never two at once. */
  async #look() {
    clearTimeout(this.#timer);
    this.#abort.abort();
    const abort = new AbortController();
    this.#abort = abort;
    try {
      const { view, trouble } = await get('pipeline', undefined, abort.signal);
      if (view !== null) this.#draw(view);
      this.#complain(trouble ?? undefined);
    } catch (error) {
      if (isAbort(error)) return;
      const { message, suggestions } = asApiError(error);
      this.#complain(`${message} ${suggestions.join(' ')}`);
    }
    if (!this.#paused && !document.hidden) this.#timer = setTimeout(() => void this.#look(), everyMs);
  }

  /** @param {View} view */
  #draw(view) {
    this.flow.update(view);
    this.cards.update(view);
    fill(
      this.sources,
      view.sources.map(({ source, answering, silentMs, failure }) => {
        const state = answering ? 'good' : silentMs === null ? 'unknown' : 'bad';
        const text = answering
          ? source
          : silentMs === null
            ? `${source}: not heard yet`
            : `${source}: silent ${length(silentMs)}`;
        return el(
          'li',
          { class: `source source-${state}`, title: failure ?? 'answers' },
          icon(answering ? 'check' : 'alert'),
          text,
        );
      }),
    );
    const said = JSON.stringify(view.findings);
    if (said === this.#said) return;
    this.#said = said;
    const calm = el('li', { class: 'finding finding-good' }, icon('check'), 'Nothing is the matter.');
    fill(
      this.findings,
      view.findings.length === 0
        ? calm
        : view.findings.map(({ severity, sentence }) =>
            el(
              'li',
              { class: `finding finding-${severity}` },
              icon(severity === 'note' ? 'info' : 'alert'),
              sentence,
            ),
          ),
    );
  }

  /** @param {string | undefined} sentence */
  #complain(sentence) {
    this.trouble.hidden = sentence === undefined;
    this.element.classList.toggle('is-old', sentence !== undefined);
    if (sentence !== undefined && this.trouble.textContent !== sentence)
      fill(this.trouble, icon('alert'), sentence);
  }
}

/** @param {readonly { name: string, address: string }[]} endpoints */
function reached(endpoints) {
  if (endpoints.length === 0) return null;
  return el(
    'footer',
    { class: 'reached' },
    el('h2', { text: 'Where the lab is reached' }),
    el(
      'dl',
      {},
      endpoints.map(({ name, address }) => {
        const link = /^https?:\/\//.test(address)
          ? el('a', { href: address, target: '_blank', rel: 'noreferrer', text: address })
          : address;
        return el('div', {}, el('dt', { text: name }), el('dd', { class: 'mono' }, link));
      }),
    ),
  );
}
