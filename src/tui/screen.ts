/** What a person has chosen to see: which view, filtered and sorted how, and what of it is opened. Plain JSON. */
export const tabs = ['overview', 'lag', 'flink', 'dlq', 'alerts', 'logs'] as const;
export type Tab = (typeof tabs)[number];

/** Titles, and the keys beside 1 to 6. */
export const tabTitles: Readonly<Record<Tab, { title: string; key: string }>> = {
  overview: { title: 'Overview', key: 'o' },
  lag: { title: 'Lag', key: 'l' },
  flink: { title: 'Flink', key: 'f' },
  dlq: { title: 'DLQ', key: 'd' },
  alerts: { title: 'Alerts', key: 'a' },
  logs: { title: 'Logs', key: 'g' },
};

/** By what the rows of a view may be sorted; the first is how it begins. */
export const sortings = {
  overview: ['–'],
  lag: ['partition', 'records', 'seconds', 'rate'],
  flink: ['flow', 'busy', 'backpressure', 'rate'],
  dlq: ['newest', 'reason', 'event time', 'attempt'],
  alerts: ['newest', 'severity', 'rule'],
  logs: ['time', 'service'],
} as const satisfies Record<Tab, readonly string[]>;

export interface TabState {
  filter: string;
  /** Index into the view's `sortings`. */
  sorting: number;
  /** Key of the row that the cursor is on; null is the first. */
  selected: string | null;
  isOpened: boolean;
  /** Lines that the content is scrolled by; of the logs, back from the newest. */
  scroll: number;
}

export interface Screen {
  tab: Tab;
  isHelp: boolean;
  isPaused: boolean;
  /** While a filter is typed, keys are its letters. */
  isTyping: boolean;
  isOver: boolean;
  tabs: Readonly<Record<Tab, TabState>>;
}

export function firstScreen(): Screen {
  const fresh: TabState = { filter: '', sorting: 0, selected: null, isOpened: false, scroll: 0 };
  return {
    tab: 'overview',
    isHelp: false,
    isPaused: false,
    isTyping: false,
    isOver: false,
    tabs: { overview: fresh, lag: fresh, flink: fresh, dlq: fresh, alerts: fresh, logs: fresh },
  };
}

export function sortingOf<T extends Tab>(screen: Screen, tab: T): (typeof sortings)[T][number] {
  const names: readonly string[] = sortings[tab];
  return names[screen.tabs[tab].sorting % names.length] as (typeof sortings)[T][number];
}
