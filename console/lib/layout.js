// What several views are made of.

import { el } from './dom.js';

/**
 * The head of a view: its title, a line about it, and what stands at its end.
 * @param {string} title
 * @param {Node} about
 * @param {...(Node | null)} end
 */
export function viewHead(title, about, ...end) {
  return el(
    'div',
    { class: 'view-head' },
    el('div', { class: 'view-title' }, el('h1', { text: title }), about),
    end,
  );
}

/**
 * A table of records. A head that begins with `>` stands above numbers.
 * @param {readonly string[]} heads
 * @param {Node} body
 */
export function dataTable(heads, body) {
  const cells = heads.map((head) =>
    el('th', {
      scope: 'col',
      class: head.startsWith('>') ? 'number' : undefined,
      text: head.replace(/^>/, ''),
    }),
  );
  return el('table', { class: 'data' }, el('thead', {}, el('tr', {}, cells)), body);
}

/**
 * The rows of such a table; cells under a head of numbers are numbers.
 * @param {readonly string[]} heads
 * @param {readonly (readonly (string | Node)[])[]} rows
 */
export function dataRows(heads, rows) {
  const row = (/** @type {readonly (string | Node)[]} */ cells) =>
    el(
      'tr',
      {},
      cells.map((cell, i) => el('td', { class: heads[i]?.startsWith('>') ? 'number' : undefined }, cell)),
    );
  return el('tbody', {}, rows.map(row));
}
