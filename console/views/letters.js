import { el } from '../lib/dom.js';

export class LettersView {
  /** @param {import('../main.js').Page} page */
  constructor(page) {
    this.page = page;
    this.title = 'Browse letters';
    this.element = el('div', { class: 'view' }, el('h1', { text: 'Browse letters' }));
  }
  update() {
    return undefined;
  }
  destroy() {
    return undefined;
  }
}
