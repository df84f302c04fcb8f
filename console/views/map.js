import { el } from '../lib/dom.js';

export class MapView {
  /** @param {import('../main.js').Page} page */
  constructor(page) {
    this.page = page;
    this.title = 'Map';
    this.element = el('div', { class: 'view' }, el('h1', { text: 'Map' }));
  }
  update() {}
  destroy() {}
}
