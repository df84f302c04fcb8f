// Starts the page: the header with its navigation, and the view that the address names.
import { leadingTo, readAddress, writeAddress } from './lib/address.js';
import { asApiError, get } from './lib/api.js';
import { el, fill, icon } from './lib/dom.js';
import { applyTheme, themeSwitch } from './lib/theme.js';
import { DashboardView } from './views/dashboard.js';
import { LettersView } from './views/letters.js';
import { MapView } from './views/map.js';

/** @typedef {import('./lib/address.js').Address} Address */
/** @typedef {import('../src/domain/console/dashboard.js').Dashboard} Dashboard */
/** @typedef {import('../src/adapters/console/backend.js').ConsoleSession} Session */

/**
 * @typedef {object} View
 * @property {HTMLElement} element
 * @property {string} title
 * @property {(address: Address) => void} update the address has changed, and its path has not
 * @property {() => void} destroy
 */

/**
 * What a view is given.
 * @typedef {object} Page
 * @property {Session} session
 * @property {readonly Dashboard[]} dashboards
 * @property {(address: Address, how?: 'push' | 'replace') => void} go
 * @property {() => Address} address
 */

const top = /** @type {HTMLElement} */ (document.querySelector('#top'));
const main = /** @type {HTMLElement} */ (document.querySelector('#main'));

/** @type {View | undefined} */
let view;
/** @type {string | undefined} */
let shownPath;

const address = () => readAddress(location.href);

/** @param {Page} page */
function show(page) {
  const current = address();
  if (view !== undefined && shownPath === current.path) view.update(current);
  else {
    view?.destroy();
    view = viewOf(page, current);
    shownPath = current.path;
    fill(main, view.element);
    document.title = `${view.title} – streamlab ${page.session.lab}`;
    scrollTo(0, 0);
    view.update(current);
  }
  drawHeader(page, current);
}

/**
 * @param {Page} page
 * @param {Address} current
 * @returns {View}
 */
function viewOf(page, { path }) {
  if (path === '/letters') return new LettersView(page);
  const dashboard = page.dashboards.find(({ uid }) => path === `/d/${uid}`);
  return dashboard === undefined ? new MapView(page) : new DashboardView(page, dashboard);
}

/**
 * @param {Page} page
 * @param {Address} current
 */
function drawHeader({ session, dashboards }, current) {
  const entries = [
    { path: '/map', title: 'Map' },
    ...dashboards.map(({ uid, title }) => ({ path: `/d/${uid}`, title })),
    { path: '/letters', title: 'Browse letters' },
  ];
  const focused = document.activeElement?.getAttribute('href');
  const nav = el(
    'nav',
    { class: 'nav', 'aria-label': 'Views' },
    entries.map(({ path, title }) =>
      el('a', {
        href: writeAddress(leadingTo(current, path)),
        text: title,
        'aria-current': path === current.path ? 'page' : undefined,
      }),
    ),
  );
  const brand = el(
    'a',
    { class: 'brand', href: '/map', 'aria-label': `streamlab, lab ${session.lab}` },
    el('img', { src: '/assets/icon.svg', alt: '', width: '20', height: '20' }),
    el('span', { class: 'brand-name', text: 'streamlab' }),
    el('span', { class: 'brand-lab', text: session.lab }),
  );
  fill(
    top,
    brand,
    nav,
    el('div', { class: 'top-end' }, el('span', { class: 'brand-lab', text: session.runtime }), toggle),
  );
  if (focused !== null && focused !== undefined)
    for (const link of top.querySelectorAll('a'))
      if (link.getAttribute('aria-current') === 'page') link.focus();
}

const toggle = themeSwitch();

/** Links of this page change the view; what opens elsewhere, or leads elsewhere, is the browser's. @param {Page} page */
function followLinks(page) {
  document.addEventListener('click', (event) => {
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    const isPlain =
      event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
    if (link === null || !isPlain || link.target !== '' || link.origin !== location.origin) return;
    const href = link.getAttribute('href') ?? '';
    if (href.startsWith('#')) return;
    event.preventDefault();
    page.go(readAddress(link.href));
  });
  addEventListener('popstate', () => show(page));
}

async function start() {
  applyTheme();
  try {
    const [session, dashboards] = await Promise.all([get('session'), get('dashboards')]);
    /** @type {Page} */
    const page = {
      session,
      dashboards,
      address,
      go: (next, how = 'push') => {
        const href = writeAddress(next);
        if (how === 'push') history.pushState(null, '', href);
        else history.replaceState(null, '', href);
        show(page);
      },
    };
    followLinks(page);
    show(page);
  } catch (error) {
    const { message, suggestions } = asApiError(error);
    fill(
      main,
      el(
        'div',
        { class: 'failure', role: 'alert' },
        icon('alert'),
        el('h1', { text: message }),
        suggestions.map((text) => el('p', { text })),
      ),
    );
    setTimeout(() => void start(), 3_000);
  }
}

void start();
