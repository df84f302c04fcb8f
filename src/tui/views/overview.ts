import type { PipelineView } from '../../domain/pipeline/view.js';
import { noLine, scrolled, type Content, type Size } from '../parts.js';
import { findingLines } from '../sections/findings.js';
import { flowLines } from '../sections/flow.js';
import { lagBrief, lagLines } from '../sections/lag.js';
import { newestLines, reasonBrief, reasonLines } from '../sections/letters.js';
import { operatorBrief, operatorLines } from '../sections/operators.js';
import { verdictBrief, verdictLines } from '../sections/verdicts.js';
import { watermarkBrief, watermarkLines } from '../sections/watermark.js';
import { windowBrief, windowLines } from '../sections/windows.js';
import { cut, fit, line, span, type Line } from '../text.js';

/** A part of the overview: in one line, and as long as it is. */
interface Section {
  brief: (view: PipelineView, width: number) => Line;
  full: (view: PipelineView, width: number) => Line[];
}

/** Rows of what may have many: the views of their own have all. */
const mostRows = 8;

const left: readonly Section[] = [
  { brief: lagBrief, full: lagLines },
  { brief: watermarkBrief, full: watermarkLines },
  { brief: operatorBrief, full: operatorLines },
];
const right: readonly Section[] = [
  { brief: verdictBrief, full: verdictLines },
  { brief: windowBrief, full: (view, width) => windowLines(view, width, mostRows) },
  { brief: reasonBrief, full: (view, width) => reasonLines(view, width, mostRows) },
];

/** From so many columns on the sections stand side by side. */
const twoColumnsFrom = 118;
const between = '  ';

/**
 * All of it at a glance: each section in full where there is room, else in one line. Scrolled, all are in full.
 */
export function overview(view: PipelineView, scroll: number, { width, height }: Size): Content {
  const all = overviewText(view, width);
  if (scroll > 0 && all.length > height) return scrolled(all, scroll, height);
  const isLow = height < 16;
  const most = isLow ? 2 : Math.max(5, Math.floor(height / 5));
  const top = [...findingLines(view, width, most), ...flowLines(view, width, !isLow)];
  const sections = sectionLines(view, width, height - top.length);
  const rest = height - top.length - sections.length;
  const newest = rest >= 3 ? newestLines(view, width, rest - 2) : [];
  const scrollMax = Math.max(0, all.length - height);
  return { lines: [...top, ...sections, ...newest].slice(0, height), rowKeys: [], scrollMax };
}

/** The overview without an end, for a text. */
export function overviewText(view: PipelineView, width: number): Line[] {
  return [
    ...findingLines(view, width, 40),
    ...flowLines(view, width, true),
    ...sectionLines(view, width, Infinity),
    ...newestLines(view, width, 10),
  ];
}

function sectionLines(view: PipelineView, width: number, room: number): Line[] {
  if (width < twoColumnsFrom) return stacked(view, [...left, ...right], width, room);
  const half = Math.floor((width - between.length) / 2);
  const [one, other] = [left, right].map((sections) => stacked(view, sections, half, room));
  return sideBySide(one ?? [], other ?? [], half, width);
}

/** A section is not begun in full where there is less room than for its heading, the title row and one row. */
const least = 4;

function stacked(view: PipelineView, sections: readonly Section[], width: number, room: number): Line[] {
  let spare = room - sections.length;
  return sections.flatMap(({ brief, full }) => {
    const lines = full(view, width);
    const most = Math.min(lines.length, spare + 1);
    if (most < Math.min(lines.length, least)) return [brief(view, width)];
    spare -= most - 1;
    return shortened(lines, most, width);
  });
}

function shortened(lines: Line[], most: number, width: number): Line[] {
  if (lines.length <= most) return lines;
  const hidden = lines.length - most + 1;
  return [...lines.slice(0, most - 1), cut(line(span(`… ${String(hidden)} more`, 'dim')), width)];
}

function sideBySide(one: readonly Line[], other: readonly Line[], half: number, width: number): Line[] {
  const rows = Math.max(one.length, other.length);
  return Array.from({ length: rows }, (_, i) =>
    cut([...fit(one[i] ?? noLine, half), span(between), ...cut(other[i] ?? noLine, half)], width),
  );
}
