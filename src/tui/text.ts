import stringWidth from 'string-width';
import { printable } from '../domain/printable.js';

// Latin, punctuation, arrows, boxes and blocks: one cell a character. Nearly all that is shown.
const narrow = /^[\x20-\x7e\u00a0-\u00ac\u00ae-\u02ff\u2010-\u2027\u2190-\u2193\u2500-\u25fc\u2713-\u2718]*$/;

/** What a piece of text means; how that looks is decided when it is painted. */
export type Tone = 'plain' | 'dim' | 'strong' | 'title' | 'good' | 'warning' | 'bad' | 'selected';

export interface Span {
  text: string;
  tone: Tone;
}

/** A line of the screen. */
export type Line = readonly Span[];

/** What a terminal would take for a command appears as text. */
export function span(text: string, tone: Tone = 'plain'): Span {
  return { text: narrow.test(text) ? text : printable(text), tone };
}

export function line(...parts: (string | Span)[]): Line {
  return parts.map((part) => (typeof part === 'string' ? span(part) : part));
}

const graphemes = new Intl.Segmenter();

/** All but the last of a run: what follows may belong to that one, as an accent does. */
const plainRuns = /[\x20-\x7e]+(?=[\x20-\x7e]|$)/g;

/** Cells that a text takes on a terminal. */
export function cells(text: string): number {
  if (narrow.test(text)) return text.length;
  // Graphemes take long to find, and most of a payload has none but letters.
  const rest = text.replace(plainRuns, '');
  return text.length - rest.length + stringWidth(rest);
}

export function widthOf(of: Line): number {
  return of.reduce((sum, { text }) => sum + cells(text), 0);
}

/** The beginning of a text that has no more than so many cells. */
function beginning(text: string, width: number): string {
  if (narrow.test(text)) return text.slice(0, width);
  const start = /^[\x20-\x7e]*(?=[\x20-\x7e])/.exec(text)?.[0] ?? '';
  if (start.length >= width) return text.slice(0, width);
  let kept = start;
  let used = start.length;
  for (const { segment } of graphemes.segment(text.slice(start.length))) {
    used += cells(segment);
    if (used > width) break;
    kept += segment;
  }
  return kept;
}

/** Cut to so many cells; where something is cut off it ends in `…`. */
export function cut(of: Line, width: number): Line {
  if (width <= 0) return [];
  if (widthOf(of) <= width) return of;
  const kept: Span[] = [];
  let left = width - 1;
  for (const { text, tone } of of) {
    const part = beginning(text, left);
    if (part !== '') kept.push({ text: part, tone });
    left -= cells(part);
    if (part !== text || left <= 0) break;
  }
  return [...kept, span('…', kept.at(-1)?.tone)];
}

/** Exactly so many cells: cut, or filled up with blanks. */
export function fit(of: Line, width: number, align: 'left' | 'right' = 'left'): Line {
  const short = cut(of, width);
  const missing = width - widthOf(short);
  if (missing <= 0) return short;
  const blanks = span(' '.repeat(missing));
  return align === 'left' ? [...short, blanks] : [blanks, ...short];
}

/** A line with something at its right end; where there is no room for both, the left side is cut. */
export function ends(left: Line, right: Line, width: number): Line {
  const room = width - widthOf(right) - 1;
  return room <= 0 ? cut(left, width) : [...fit(left, room), span(' '), ...right];
}

/** Words broken into lines, at most so many; the last one is cut. Words longer than a line are broken too. */
export function wrapped(text: string, width: number, lines: number): string[] {
  const result: string[] = [];
  let current = '';
  for (const word of printable(text)
    .split(' ')
    .flatMap((long) => pieces(long, width))) {
    const longer = current === '' ? word : `${current} ${word}`;
    if (cells(longer) <= width || current === '') current = longer;
    else {
      result.push(current);
      current = word;
    }
  }
  result.push(current);
  if (result.length <= lines) return result;
  const rest = result.slice(lines - 1).join(' ');
  return [...result.slice(0, lines - 1), plain(cut(line(rest), width))];
}

/** A word longer than a line, in pieces that are not. */
function pieces(word: string, width: number): string[] {
  const result: string[] = [];
  let rest = word;
  while (cells(rest) > width) {
    const piece = beginning(rest, width);
    if (piece === '') break;
    result.push(piece);
    rest = rest.slice(piece.length);
  }
  return [...result, rest];
}

/** The line without its tones. */
export function plain(of: Line): string {
  return of.map(({ text }) => text).join('');
}

/** How many colours a terminal has: none, 16, or 256 and more. */
export type Colours = 0 | 16 | 256;

// Blue and orange: those that confuse red with green tell them apart.
const sixteen: Readonly<Record<Tone, string>> = {
  plain: '',
  dim: '2',
  strong: '1',
  title: '1;34',
  good: '34',
  warning: '33',
  bad: '1;33',
  selected: '7',
};
const many: Readonly<Record<Tone, string>> = {
  ...sixteen,
  title: '1;38;5;75',
  good: '38;5;75',
  warning: '38;5;214',
  bad: '1;38;5;208',
};

/** The line as it is written to a terminal. */
export function painted(of: Line, colours: Colours): string {
  if (colours === 0) return plain(of);
  const codes = colours === 16 ? sixteen : many;
  return of
    .map(({ text, tone }) => (codes[tone] === '' ? text : `\u001b[${codes[tone]}m${text}\u001b[0m`))
    .join('');
}
