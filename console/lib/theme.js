// Light or dark: as the system has it, until somebody says otherwise.
import { el, fill, icon } from './dom.js';

const key = 'streamlab-theme';
const system = matchMedia('(prefers-color-scheme: dark)');

/** @type {Set<() => void>} */
const listeners = new Set();

/** @returns {'light' | 'dark'} */
export function theme() {
  const chosen = stored();
  return chosen === 'light' || chosen === 'dark' ? chosen : system.matches ? 'dark' : 'light';
}

/** Storage may be forbidden. */
function stored() {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

export function applyTheme() {
  document.documentElement.dataset.theme = theme();
  for (const listener of listeners) listener();
}

system.addEventListener('change', applyTheme);

/**
 * Charts are drawn on a canvas, which knows nothing of style sheets.
 * @param {() => void} listener
 * @returns {() => void} forgets it
 */
export function onTheme(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function themeSwitch() {
  const button = el('button', { type: 'button', class: 'control control-icon', 'aria-label': 'Dark' });
  const show = () => {
    const dark = theme() === 'dark';
    button.setAttribute('aria-pressed', String(dark));
    button.title = dark ? 'Dark; switch to light' : 'Light; switch to dark';
    fill(button, icon(dark ? 'moon' : 'sun'));
  };
  button.addEventListener('click', () => {
    try {
      localStorage.setItem(key, theme() === 'dark' ? 'light' : 'dark');
    } catch {
      return;
    }
    applyTheme();
  });
  onTheme(show);
  show();
  return button;
}

/** The value of a custom property, for a canvas. @param {string} name */
export function property(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
