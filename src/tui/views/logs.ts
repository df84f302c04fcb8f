import type { LogLine } from '../../domain/log-lines.js';
import type { Content, Model, Size } from '../parts.js';
import { heading } from '../parts.js';
import { timeOfDay } from '../numbers.js';
import { sortingOf } from '../screen.js';
import { cut, line, span, type Line, type Tone } from '../text.js';

const changesShown = 5;
const trouble = /\b(ERROR|FATAL|Exception|error)\b/;
const careful = /\bWARN(ING)?\b/;

/** What went away and came back, and what the services say. The newest lines are at the end. */
export function logsView({ view, logs, screen }: Model, { width, height }: Size): Content {
  const { filter, scroll } = screen.tabs.logs;
  const changes = (view?.changes ?? []).slice(0, Math.min(changesShown, Math.floor(height / 3)));
  const head = [
    ...(changes.length === 0 ? [] : [heading('Changes', [], width)]),
    ...changes.map(({ at, sentence }) => cut(line(span(`${timeOfDay(at)} `, 'dim'), sentence), width)),
    heading('Logs', [], width),
  ].slice(0, height);
  const found = matching(logs, filter);
  const rows = sortingOf(screen, 'logs') === 'service' ? byService(found) : found;
  const room = Math.max(0, height - head.length);
  const scrollMax = Math.max(0, rows.length - room);
  const end = rows.length - Math.min(scroll, scrollMax);
  const shown = rows.slice(Math.max(0, end - room), end);
  const none = cut(
    line(span(logs.length === 0 ? 'no line yet' : `nothing matches "${filter}"`, 'dim')),
    width,
  );
  const body = shown.length === 0 ? [none] : shown.map((one) => logLine(one, width));
  return { lines: [...head, ...body].slice(0, height), rowKeys: [], scrollMax };
}

function matching(logs: readonly LogLine[], filter: string): readonly LogLine[] {
  const wanted = filter.trim().toLowerCase();
  if (wanted === '') return logs;
  return logs.filter(({ service, text }) => `${service} ${text}`.toLowerCase().includes(wanted));
}

function byService(logs: readonly LogLine[]): LogLine[] {
  return [...logs].sort((a, b) => a.service.localeCompare(b.service));
}

function logLine({ service, text }: LogLine, width: number): Line {
  const tone: Tone = trouble.test(text) ? 'bad' : careful.test(text) ? 'warning' : 'plain';
  return cut(line(span(`${service.slice(0, 18).padEnd(18)} `, 'dim'), span(text.slice(0, 500), tone)), width);
}
