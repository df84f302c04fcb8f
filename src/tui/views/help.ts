import { scrolled, type Content, type Size } from '../parts.js';
import { tabs, tabTitles } from '../screen.js';
import { cut, line, span, wrapped, type Line } from '../text.js';
import { factLines, type Fact } from './detail.js';

const keys: readonly Fact[] = [
  ...tabs.map((tab, i): Fact => [`${String(i + 1)} ${tabTitles[tab].key}`, tabTitles[tab].title]),
  ['← → Tab', 'the view beside'],
  ['↑ ↓ k j PgUp PgDn Home End', 'move, or scroll'],
  ['Enter', 'open a partition, an operator, a dead letter, an alert'],
  ['Esc', 'back'],
  ['/', 'show only what contains a text'],
  ['s', 'sort by something else'],
  ['p or blank', 'pause: the screen stands still, the lab does not'],
  ['?', 'this help'],
  ['q Ctrl-C', 'quit'],
];

const words = [
  'lag: records that are not committed; the job commits at checkpoints. oldest: for how long the first of them has waited.',
  'unread: records that nobody has read yet; trend: how that changes; clears in: when it is gone if it goes on like this.',
  '◆ bottleneck: the operator that those before it wait for. busy, backpressured, idle: shares of the last second, of the busiest subtask.',
  'watermark: event time up to which the job has seen everything, so it takes; held by: the partition that the others wait for.',
];

export function helpView({ width, height }: Size): Content {
  const lines: Line[] = [
    ...factLines(keys, width),
    [],
    ...words.flatMap((text) => wrapped(text, width, 4)).map((text) => cut(line(span(text, 'dim')), width)),
  ];
  return scrolled(lines, 0, height);
}
