import { heading } from '../parts.js';
import { cells, cut, line, span, wrapped, type Line } from '../text.js';

/** A name and what it says. */
export type Fact = readonly [name: string, value: string | Line];

/** Facts under each other, values broken into as many lines as they need, up to a bound. */
export function factLines(facts: readonly Fact[], width: number): Line[] {
  const names = Math.max(0, ...facts.map(([name]) => cells(name))) + 2;
  return facts.flatMap(([name, value]) => {
    const title = span(name.padEnd(names), 'dim');
    if (typeof value !== 'string') return [cut([title, ...value], width)];
    const parts = wrapped(value, Math.max(8, width - names), 200);
    return parts.map((part, i) => cut(line(i === 0 ? title : span(' '.repeat(names)), part), width));
  });
}

/** A section of a detail; none where there is nothing in it. */
export function titled(title: string, lines: readonly Line[], width: number): Line[] {
  return lines.length === 0 ? [] : [heading(title, [], width), ...lines];
}
