// Elements. Whatever comes from the lab gets in as text, never as markup; the server's policy forbids anything else.

import { printable } from './printable.js';

/** @typedef {Node | string | number | null | undefined | false} Child */

/**
 * @typedef {object} Given
 * @property {string | undefined} [class]
 * @property {string | undefined} [text]
 * @property {Readonly<Record<string, (event: any) => void>>} [on] listeners by event
 * @property {Readonly<Record<string, string>>} [style] custom properties and others
 */

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Given & Record<string, unknown>} [given] anything else is an attribute; true is one without a value, false and
 *   undefined are none
 * @param {...(Child | Child[])} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function el(tag, { class: className, text, on = {}, style = {}, ...attributes } = {}, ...children) {
  const element = document.createElement(tag);
  if (className !== undefined) element.className = className;
  if (text !== undefined) element.textContent = printable(text);
  for (const [name, listener] of Object.entries(on)) element.addEventListener(name, listener);
  for (const [name, value] of Object.entries(style)) element.style.setProperty(name, value);
  setAttributes(element, attributes);
  append(element, children);
  return element;
}

const svgSpace = 'http://www.w3.org/2000/svg';

/**
 * @param {string} tag
 * @param {Record<string, unknown>} [attributes]
 * @param {...Child} children
 */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS(svgSpace, tag);
  setAttributes(element, attributes);
  append(element, children);
  return element;
}

/** Attributes that people get to see. */
const spoken = ['title', 'aria-label'];

/**
 * @param {Element} element
 * @param {Record<string, unknown>} attributes
 */
function setAttributes(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false || value === null) continue;
    element.setAttribute(
      name,
      value === true ? '' : spoken.includes(name) ? printable(String(value)) : String(value),
    );
  }
}

/**
 * @param {Element} parent
 * @param {(Child | Child[])[]} children
 */
function append(parent, children) {
  for (const child of children.flat()) {
    if (child === null || child === undefined || child === false) continue;
    parent.append(child instanceof Node ? child : printable(String(child)));
  }
}

/**
 * Puts other children in place of those that are there.
 * @param {Element} parent
 * @param {...(Child | Child[])} children
 */
export function fill(parent, ...children) {
  parent.replaceChildren();
  append(parent, children);
}

/** Lines of an icon on a field of 16 by 16. */
const icons = {
  down: 'M4 6l4 4 4-4',
  left: 'M10 4L6 8l4 4',
  right: 'M6 4l4 4-4 4',
  out: 'M3 8h10',
  refresh: 'M13 8a5 5 0 1 1-1.5-3.5M13 2v3h-3',
  table: 'M2 3h12v10H2zM2 6.5h12M2 9.75h12M6.5 3v10',
  chart: 'M2 2v12h12M5 11l3-4 2.5 2L14 4',
  info: 'M8 7.2v4M8 4.8v.2M8 14.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13z',
  close: 'M4 4l8 8M12 4l-8 8',
  check: 'M3 8.5l3.5 3.5L13 4.5',
  alert: 'M8 2l6.5 11.5h-13zM8 6.5v3M8 11.4v.2',
  sun: 'M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM8 1v1.6M8 13.4V15M1 8h1.6M13.4 8H15M3 3l1.2 1.2M11.8 11.8L13 13M13 3l-1.2 1.2M4.2 11.8L3 13',
  moon: 'M13.5 9.8A6 6 0 1 1 6.2 2.5a5 5 0 0 0 7.3 7.3z',
  external: 'M6 3H3v10h10v-3M9 3h4v4M13 3L7.5 8.5',
  replay: 'M3 8a5 5 0 1 0 1.5-3.5M3 2v3h3',
};

/** @param {keyof typeof icons} name */
export function icon(name) {
  const path = svg('path', { d: icons[name] });
  return svg('svg', { class: 'icon', viewBox: '0 0 16 16', 'aria-hidden': 'true' }, path);
}

/**
 * A button that opens something below it, and closes it on Escape, on a click elsewhere and when the focus leaves.
 * @param {{ label: string, content: Node, name?: string, class?: string, end?: boolean }} given `name` is for screen readers
 *   where the label alone says too little; `end` lines it up at the right
 */
export function dropdown({ label, content, name, class: className = '', end = false }) {
  const shown = el('span', { class: 'dropdown-label', text: label });
  const panel = el('div', { class: `popup${end ? ' popup-end' : ''}`, hidden: true }, content);
  const button = el(
    'button',
    { type: 'button', class: `control ${className}`, 'aria-expanded': 'false', 'aria-label': name },
    shown,
    icon('down'),
  );
  const root = el('div', { class: 'dropdown' }, button, panel);
  /** @param {PointerEvent} event */
  const onElsewhere = (event) => {
    if (event.target instanceof Node && !root.contains(event.target)) toggle(false);
  };
  /** @param {boolean} open */
  const toggle = (open) => {
    panel.hidden = !open;
    button.setAttribute('aria-expanded', String(open));
    if (open) document.addEventListener('pointerdown', onElsewhere);
    else document.removeEventListener('pointerdown', onElsewhere);
  };
  button.addEventListener('click', () => {
    toggle(Boolean(panel.hidden));
  });
  root.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || panel.hidden) return;
    event.stopPropagation();
    toggle(false);
    button.focus();
  });
  root.addEventListener('focusout', (event) => {
    const to = event.relatedTarget;
    if (to instanceof Node && !root.contains(to)) toggle(false);
  });
  return {
    root,
    close: () => {
      toggle(false);
      if (root.contains(document.activeElement)) button.focus();
    },
    /** @param {string} text @param {string} [spoken] */
    rename: (text, spoken) => {
      shown.textContent = text;
      if (spoken !== undefined) button.setAttribute('aria-label', spoken);
    },
  };
}
