// Dialogs: the browser's own, which keeps the focus and closes on Escape.
import { el, icon } from './dom.js';

/**
 * Opens a dialog; it is gone when it closes.
 * @param {{ title: string, content: Node, class?: string, onClose?: () => void }} given
 */
export function openDialog({ title, content, class: className = '', onClose }) {
  const heading = el('h2', { text: title, tabindex: '-1' });
  const close = el(
    'button',
    { type: 'button', class: 'control control-icon', 'aria-label': 'Close' },
    icon('close'),
  );
  const dialog = el(
    'dialog',
    { class: `dialog ${className}`, 'aria-label': title },
    el('header', { class: 'dialog-head' }, heading, close),
    el('div', { class: 'dialog-body' }, content),
  );
  close.addEventListener('click', () => {
    dialog.close();
  });
  dialog.addEventListener('pointerdown', (event) => {
    if (event.target === dialog) dialog.close();
  });
  dialog.addEventListener('close', () => {
    dialog.remove();
    onClose?.();
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/**
 * A long text as it is.
 * @param {string} title
 * @param {string} text
 */
export function showText(title, text) {
  openDialog({ title, content: el('pre', { class: 'whole', text }) });
}
