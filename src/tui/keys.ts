import { sortings, tabs, tabTitles, type Screen, type Tab, type TabState } from './screen.js';

/** A key as the terminal tells of it: a letter, or one that has a name. */
export type Key =
  | { letter: string }
  | {
      name:
        | 'up'
        | 'down'
        | 'left'
        | 'right'
        | 'pageUp'
        | 'pageDown'
        | 'home'
        | 'end'
        | 'enter'
        | 'escape'
        | 'backspace'
        | 'tab'
        | 'interrupt';
    };

/** What the frame that is shown says of itself. */
export interface Shown {
  /** Rows that can be selected, as they stand. */
  rowKeys: readonly string[];
  /** How far the content can be scrolled. */
  scrollMax: number;
  /** Lines that a page has. */
  page: number;
}

const filterLength = 60;

/** The screen after a key. */
export function pressed(screen: Screen, key: Key, shown: Shown): Screen {
  if ('name' in key && key.name === 'interrupt') return { ...screen, isOver: true };
  if (screen.isTyping) return typed(screen, key);
  return 'letter' in key ? afterLetter(screen, key.letter, shown) : afterNamed(screen, key.name, shown);
}

/** Keys while a filter is typed. */
function typed(screen: Screen, key: Key): Screen {
  const { filter } = screen.tabs[screen.tab];
  if ('letter' in key) {
    const longer = `${filter}${key.letter}`.slice(0, filterLength);
    return changed(screen, { filter: longer, selected: null, scroll: 0 });
  }
  if (key.name === 'enter') return { ...screen, isTyping: false };
  if (key.name === 'escape') return { ...changed(screen, { filter: '', scroll: 0 }), isTyping: false };
  if (key.name !== 'backspace') return screen;
  return changed(screen, { filter: filter.replace(/.$/su, ''), scroll: 0 });
}

function afterLetter(screen: Screen, letter: string, shown: Shown): Screen {
  const tab = tabs.find((name, i) => letter === String(i + 1) || letter === tabTitles[name].key);
  if (tab !== undefined) return { ...screen, tab, isHelp: false };
  const state = screen.tabs[screen.tab];
  switch (letter) {
    case 'q':
    case 'Q':
      return { ...screen, isOver: true };
    case '?':
    case 'h':
      return { ...screen, isHelp: !screen.isHelp };
    case 'j':
      return moved(screen, 1, shown);
    case 'k':
      return moved(screen, -1, shown);
    case 'p':
    case ' ':
      return { ...screen, isPaused: !screen.isPaused };
    case 's':
      return changed(screen, {
        sorting: (state.sorting + 1) % sortings[screen.tab].length,
        scroll: 0,
      });
    case '/':
      return screen.tab === 'overview' || screen.isHelp || state.isOpened
        ? screen
        : { ...screen, isTyping: true };
    default:
      return screen;
  }
}

function afterNamed(screen: Screen, name: Extract<Key, { name: string }>['name'], shown: Shown): Screen {
  const state = screen.tabs[screen.tab];
  switch (name) {
    case 'escape':
    case 'backspace':
      return back(screen, state);
    case 'enter': {
      const isRow = shown.rowKeys.length > 0 && !screen.isHelp;
      return isRow ? changed(screen, { ...atCursor(state, shown), isOpened: true, scroll: 0 }) : screen;
    }
    case 'tab':
    case 'right':
      return { ...screen, tab: neighbour(screen.tab, 1), isHelp: false };
    case 'left':
      return { ...screen, tab: neighbour(screen.tab, -1), isHelp: false };
    case 'up':
      return moved(screen, -1, shown);
    case 'down':
      return moved(screen, 1, shown);
    case 'pageUp':
      return moved(screen, -shown.page, shown);
    case 'pageDown':
      return moved(screen, shown.page, shown);
    case 'home':
      return moved(screen, -Infinity, shown);
    case 'end':
      return moved(screen, Infinity, shown);
    case 'interrupt':
      return { ...screen, isOver: true };
  }
}

/** What was opened last closes first. */
function back(screen: Screen, state: TabState): Screen {
  if (screen.isHelp) return { ...screen, isHelp: false };
  if (state.isOpened) return changed(screen, { isOpened: false, scroll: 0 });
  return state.filter === '' ? { ...screen, tab: 'overview' } : changed(screen, { filter: '', scroll: 0 });
}

/** Moves the cursor where there are rows, and scrolls elsewhere. */
function moved(screen: Screen, by: number, shown: Shown): Screen {
  const state = screen.tabs[screen.tab];
  if (screen.isHelp) return screen;
  if (shown.rowKeys.length > 0) {
    const at = Math.max(0, shown.rowKeys.indexOf(state.selected ?? ''));
    return changed(screen, { selected: shown.rowKeys[within(at + by, shown.rowKeys.length - 1)] ?? null });
  }
  // The logs are scrolled back from their end.
  const direction = screen.tab === 'logs' ? -by : by;
  return changed(screen, {
    scroll: within(Math.min(state.scroll, shown.scrollMax) + direction, shown.scrollMax),
  });
}

/** The row under the cursor stays the one that is meant when others come. */
function atCursor(state: TabState, { rowKeys }: Shown): Partial<TabState> {
  const isThere = state.selected !== null && rowKeys.includes(state.selected);
  return isThere ? {} : { selected: rowKeys[0] ?? null };
}

function changed(screen: Screen, change: Partial<TabState>): Screen {
  return { ...screen, tabs: { ...screen.tabs, [screen.tab]: { ...screen.tabs[screen.tab], ...change } } };
}

function neighbour(tab: Tab, by: number): Tab {
  return tabs[(tabs.indexOf(tab) + by + tabs.length) % tabs.length] ?? tab;
}

function within(value: number, max: number): number {
  return Math.max(0, Math.min(max, value));
}
