import type { Finding } from '../../domain/pipeline/findings/finding.js';
import type { PipelineView } from '../../domain/pipeline/view.js';
import { line, span, wrapped, type Line, type Tone } from '../text.js';

/** Told apart by their signs too. */
export const severityMarks: Readonly<Record<Finding['severity'], { sign: string; tone: Tone }>> = {
  bad: { sign: '✖', tone: 'bad' },
  warning: { sign: '!', tone: 'warning' },
  note: { sign: '·', tone: 'plain' },
};

/** What is the matter, worst first: at most so many lines, and no finding without its beginning if there is room. */
export function findingLines(view: PipelineView, width: number, most: number): Line[] {
  const { findings, sources } = view;
  if (findings.length === 0) return [nothing(sources.every(({ ageMs }) => ageMs !== null))];
  const lines: Line[] = [];
  findings.forEach(({ severity, sentence }, i) => {
    const left = most - lines.length;
    const others = findings.length - 1 - i;
    if (left <= 0) return;
    const { sign, tone } = severityMarks[severity];
    const room = Math.max(1, left - others);
    const parts = wrapped(sentence, width - 2, room);
    parts.forEach((part, n) => lines.push(line(span(n === 0 ? `${sign} ` : '  ', tone), span(part, tone))));
  });
  return lines.slice(0, most);
}

function nothing(isAllHeard: boolean): Line {
  return isAllHeard
    ? line(span('✔ ', 'good'), 'Nothing is the matter.')
    : line(span('· Looking at the lab…', 'dim'));
}
