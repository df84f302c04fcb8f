import type { JobView } from '../domain/pipeline/job-view.js';
import { sourceTitles } from '../domain/pipeline/health.js';
import type { PipelineView } from '../domain/pipeline/view.js';
import { length, timeOfDay, unknown } from './numbers.js';
import { joined, toned, type Model } from './parts.js';
import { tabs, tabTitles, type Screen } from './screen.js';
import { cut, ends, line, span, widthOf, type Line, type Tone } from './text.js';

/** Which lab, its job, and the views there are. */
export function headerLines({ view, trouble, screen }: Model, width: number): Line[] {
  return [
    titleLine(view, screen, width),
    view === null
      ? cut(line(span(trouble ?? 'Looking at the lab…', 'dim')), width)
      : jobLine(view, trouble, width),
    tabLine(screen, width),
  ];
}

/** Lab, runtime and whoever does not answer; at the right the time. */
export function titleLine(view: PipelineView | null, screen: Screen | null, width: number): Line {
  const lab = view === null ? '' : ` ${view.facts.lab}`;
  const runtime = view === null ? [] : line(span(` ${view.facts.runtime}`, 'dim'));
  const left = line(span('streamlab', 'title'), span(lab, 'strong'), ...runtime, ...silentNote(view));
  const paused = screen?.isPaused === true ? [span('PAUSED ', 'warning')] : [];
  return ends(left, [...paused, span(`${timeOfDay(view?.at ?? null)} UTC`, 'dim')], width);
}

function silentNote(view: PipelineView | null): Line {
  const silent = (view?.sources ?? []).filter(({ silentMs }) => silentMs !== null);
  const notes = silent.map(({ source, silentMs }) =>
    toned(`✖ ${sourceTitles[source]}: no answer ${length(silentMs)}`, 'bad'),
  );
  return notes.length === 0 ? [] : [span('  '), ...joined(notes)];
}

/** State, uptime, guarantee and the last checkpoint. What does not fit is left out from the end. */
export function jobLine(view: PipelineView, trouble: string | null, width: number): Line {
  if (trouble !== null) return cut(line(span(`✖ ${trouble}`, 'bad')), width);
  const { job, facts } = view;
  const parts =
    job === null
      ? [toned(view.cluster === null ? 'job: not heard yet' : 'no job', 'warning')]
      : [line('job ', span(job.state, jobTone(job)), ` ${length(job.uptimeMs)}`)];
  const restarts = job?.restarts ?? 0;
  return cut(
    joined(
      [
        ...parts,
        ...(restarts > 0
          ? [toned(`${String(restarts)} ${restarts === 1 ? 'restart' : 'restarts'}`, 'warning')]
          : []),
        toned(facts.settings.guarantee, 'plain'),
        ...(job === null ? [] : [checkpointNote(job)]),
      ],
      ' · ',
    ),
    width,
  );
}

function jobTone({ state, tasks }: JobView): Tone {
  if (state !== 'RUNNING') return 'bad';
  return tasks.running < tasks.total ? 'warning' : 'good';
}

/** `checkpoint 3.2s ago, 120ms, 1.2 MB, 2 failed`. */
export function checkpointNote({ checkpoint }: JobView): Line {
  const { ageMs, durationMs, sizeBytes, failed, failedLately, runningMs } = checkpoint;
  if (ageMs === null && runningMs === null) return toned('no checkpoint yet', 'warning');
  const facts = [
    ageMs === null ? 'none complete' : `${length(ageMs)} ago`,
    ...(durationMs === null ? [] : [length(durationMs)]),
    ...(sizeBytes === null ? [] : [size(sizeBytes)]),
  ];
  return line(
    `checkpoint ${facts.join(', ')}`,
    ...(failed > 0 ? [', ', span(`${String(failed)} failed`, failedLately > 0 ? 'warning' : 'dim')] : []),
  );
}

/** `512 B`, `1.2 MB`. */
export function size(bytes: number | null): string {
  if (bytes === null) return unknown;
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1_000;
    unit += 1;
  }
  return `${value < 9.95 && unit > 0 ? value.toFixed(1) : String(Math.round(value))} ${units[unit] ?? ''}`;
}

function tabLine(screen: Screen, width: number): Line {
  const titles = tabs.map((tab, i) => {
    const isHere = tab === screen.tab && !screen.isHelp;
    const text = `${String(i + 1)} ${tabTitles[tab].title}`;
    return isHere ? span(`[${text}]`, 'selected') : span(` ${text} `, 'dim');
  });
  const help = (text: string): Line => [
    ...titles,
    span(screen.isHelp ? `[${text}]` : ` ${text} `, screen.isHelp ? 'selected' : 'dim'),
  ];
  const whole = help('? Help');
  return widthOf(whole) <= width ? whole : cut(help('?'), width);
}
