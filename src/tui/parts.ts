import type { LogLine } from '../domain/log-lines.js';
import type { SourceName } from '../domain/pipeline/samples.js';
import type { PipelineView } from '../domain/pipeline/view.js';
import { length } from './numbers.js';
import type { Screen } from './screen.js';
import { cut, line, span, widthOf, type Line, type Tone } from './text.js';

/** What a frame is made of. */
export interface Model {
  /** Null until the lab was looked at. */
  view: PipelineView | null;
  /** Why the lab cannot be watched at present. */
  trouble: string | null;
  logs: readonly LogLine[];
  screen: Screen;
}

/** Cells. */
export interface Size {
  width: number;
  height: number;
}

/** What fills the screen between header and footer. */
export interface Content {
  lines: readonly Line[];
  rowKeys: readonly string[];
  scrollMax: number;
}

export const noLine: Line = [];

/** `Lag ── 1.2k records ─────────`: what follows, and what is to be known of it first. */
export function heading(title: string, note: Line, width: number): Line {
  const start = line(span(title, 'title'), ...(note.length === 0 ? [] : [span('  ')]), ...note, span(' '));
  const rest = width - widthOf(start);
  return rest > 0 ? [...start, span('─'.repeat(rest), 'dim')] : cut(start, width);
}

/** What is said of numbers whose source does not answer: they are those of then. */
export function staleness({ sources }: PipelineView, ...names: readonly SourceName[]): Line {
  const silent = sources.find(({ source, answering }) => names.includes(source) && !answering);
  if (silent === undefined) return [];
  if (silent.ageMs === null)
    return [span(silent.failure === null ? 'not heard yet' : 'does not answer', 'warning')];
  return [span(`no answer for ${length(silent.ageMs)}`, 'warning')];
}

/** The parts that are not empty, with something between them. */
export function joined(parts: readonly Line[], between = '  '): Line {
  return parts
    .filter((part) => part.length > 0)
    .flatMap((part, i) => (i === 0 ? [...part] : [span(between, 'dim'), ...part]));
}

/** `agg-1m` of `events.agg-1m.v1`: what tells it from the others. */
export function topicName(topic: string): string {
  return /^events\.(.+)\.v\d+$/.exec(topic)?.[1] ?? topic;
}

export function toned(text: string, tone: Tone | undefined): Line {
  return [span(text, tone ?? 'plain')];
}

/** A part of longer content, from the line it is scrolled to. */
export function scrolled(lines: readonly Line[], scroll: number, height: number): Content {
  const scrollMax = Math.max(0, lines.length - height);
  const from = Math.max(0, Math.min(scroll, scrollMax));
  return { lines: lines.slice(from, from + height), rowKeys: [], scrollMax };
}

const briefTitle = 10;

/** A section in one line. What does not fit is cut off. */
export function briefly(title: string, parts: readonly Line[], width: number): Line {
  return cut([span(title.padEnd(briefTitle), 'title'), ...joined(parts, ' · ')], width);
}
