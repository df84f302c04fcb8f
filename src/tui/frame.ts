import type { PipelineView } from '../domain/pipeline/view.js';
import { footerLine } from './footer.js';
import { headerLines, jobLine, titleLine } from './header.js';
import type { Shown } from './keys.js';
import type { Content, Model, Size } from './parts.js';
import { cut, line, span, type Line } from './text.js';
import { alertsView } from './views/alerts.js';
import { flinkView } from './views/flink.js';
import { helpView } from './views/help.js';
import { lagView } from './views/lag.js';
import { lettersView } from './views/letters.js';
import { logsView } from './views/logs.js';
import { overview, overviewText } from './views/overview.js';

export interface Frame extends Shown {
  /** Never more than the screen has, and none wider. */
  lines: readonly Line[];
}

const smallest: Size = { width: 40, height: 8 };

/** What the screen shows. */
export function frame(model: Model, size: Size): Frame {
  const { width, height } = size;
  if (width < smallest.width || height < smallest.height) return tooSmall(size);
  const header = headerLines(model, width);
  const room = { width, height: height - header.length - 1 };
  const content = contentOf(model, room);
  const body = Array.from({ length: room.height }, (_, i) => cut(content.lines[i] ?? [], width));
  return {
    lines: [...header, ...body, footerLine(model, width)],
    rowKeys: content.rowKeys,
    scrollMax: content.scrollMax,
    page: Math.max(1, room.height - 2),
  };
}

function contentOf(model: Model, size: Size): Content {
  const { view, screen } = model;
  if (screen.isHelp) return helpView(size);
  if (screen.tab === 'logs') return logsView(model, size);
  if (view === null) return { lines: [], rowKeys: [], scrollMax: 0 };
  switch (screen.tab) {
    case 'overview':
      return overview(view, screen.tabs.overview.scroll, size);
    case 'lag':
      return lagView(view, screen, size);
    case 'flink':
      return flinkView(view, screen, size);
    case 'dlq':
      return lettersView(view, screen, size);
    case 'alerts':
      return alertsView(view, screen, size);
  }
}

function tooSmall({ width, height }: Size): Frame {
  const text = `streamlab top needs ${String(smallest.width)}×${String(smallest.height)}; q quits`;
  const lines = [cut(line(span(text)), Math.max(0, width))].slice(0, Math.max(0, height));
  return { lines, rowKeys: [], scrollMax: 0, page: 1 };
}

/** All of the overview as lines of a text, as long as it is. */
export function textOf(view: PipelineView, width: number): Line[] {
  return [titleLine(view, null, width), jobLine(view, null, width), ...overviewText(view, width)];
}
