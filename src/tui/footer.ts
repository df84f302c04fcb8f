import { joined, type Model } from './parts.js';
import { sortingOf } from './screen.js';
import { cut, line, span, type Line } from './text.js';

/** The filter while it is typed, else the keys that do something here. */
export function footerLine({ screen }: Model, width: number): Line {
  const { filter, isOpened } = screen.tabs[screen.tab];
  if (screen.isTyping) {
    return cut(
      line(span('/', 'title'), filter, span(' ', 'selected'), span('  Enter keeps it, Esc clears it', 'dim')),
      width,
    );
  }
  const isList = screen.tab !== 'overview';
  const keys: (readonly [string, string])[] = screen.isHelp
    ? [
        ['Esc', 'back'],
        ['q', 'quit'],
      ]
    : isOpened
      ? [
          ['Esc', 'back'],
          ['↑↓', 'scroll'],
          ['q', 'quit'],
        ]
      : [
          ['?', 'help'],
          ['q', 'quit'],
          ['p', screen.isPaused ? 'go on' : 'pause'],
          ...(isList && screen.tab !== 'logs' ? ([['Enter', 'open']] as const) : []),
          ...(isList
            ? ([
                ['/', filter === '' ? 'filter' : `"${filter}"`],
                ['s', `by ${sortingOf(screen, screen.tab)}`],
              ] as const)
            : ([['↑↓', 'scroll']] as const)),
        ];
  return cut(joined(keys.map(([key, what]) => line(span(key, 'strong'), span(` ${what}`, 'dim')))), width);
}
