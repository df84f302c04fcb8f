import chalk from 'chalk';
import type { LabConnections } from './domain/connections.js';
import type { LetterStats } from './domain/dlq/letter-tally.js';
import type { ViewLine } from './domain/dlq/payload-view.js';
import type { EffectSummary } from './domain/dlq/replay-effect.js';
import type { PastReplay } from './domain/dlq/past-replays.js';
import { replayColumns, replayPage, replayRow } from './domain/dlq/past-replays-view.js';
import { effectColumns, effectRow, type ReplaySample } from './domain/dlq/replay-result.js';
import { statsView } from './domain/dlq/stats-view.js';
import { formatDuration } from './domain/duration.js';
import { endpointsOf } from './domain/pages.js';
import { printable, shortened } from './domain/printable.js';
import { grouped } from './domain/traffic/summary.js';
import { table } from './output.js';
import type { WindowTotals } from './adapters/clickhouse/clickhouse.js';
import type { JobStatus } from './services/job.js';
import type { LabStatus } from './services/status.js';

/** Where to look at a running lab, one line each. */
export function endpointLines(connections: LabConnections): string[] {
  const { user, password, isPasswordGiven } = connections.clickhouse;
  const login = `  user ${user}${isPasswordGiven === true ? '' : `, password ${password}`}`;
  return endpointsOf(connections).map(
    ({ name, address }) => `${name.padEnd(11)}  ${address}${name === 'ClickHouse' ? login : ''}`,
  );
}

const colours = { running: chalk.green, starting: chalk.yellow, stopped: chalk.dim, failed: chalk.red };

export function statusTable(status: LabStatus): string {
  const rows = status.services.map(({ name, state, endpoint, version }) => [
    name,
    colours[state](state),
    endpoint ?? chalk.dim('–'),
    version ?? chalk.dim('–'),
  ]);
  const job =
    status.job === null ? chalk.dim('no job') : `${status.job.name} ${status.job.state} (${status.job.id})`;
  return [
    `${chalk.bold(status.lab)} on ${status.runtime}: ${status.healthy ? chalk.green('healthy') : chalk.yellow('not healthy')}`,
    table(['SERVICE', 'STATE', 'ENDPOINT', 'VERSION'], rows),
    `job: ${job}`,
  ].join('\n');
}

/** The job, its checkpoints, and what last went wrong. */
export function jobLines(job: JobStatus): string[] {
  const { latest, completed, failed, restoredFrom } = job.checkpoints;
  const age = latest === undefined ? undefined : formatDuration(Date.now() - latest.triggeredAt);
  const checkpoint =
    latest === undefined
      ? 'none yet'
      : `${age ?? ''} ago, took ${formatDuration(latest.durationMs)}, ${formatBytes(latest.stateSizeBytes)}`;
  return [
    `${job.name}  ${job.state}  (${job.id})`,
    `started      ${new Date(job.startedAt).toISOString()}, ${String(job.tasks.running)} of ${String(job.tasks.total)} tasks running`,
    `checkpoints  ${String(completed)} completed, ${String(failed)} failed; last: ${checkpoint}`,
    ...(restoredFrom === undefined ? [] : [`went on from ${restoredFrom}`]),
    ...(job.lastFailure === undefined
      ? []
      : [`last failure ${new Date(job.lastFailure.at).toISOString()}: ${job.lastFailure.sentence}`]),
  ];
}

/** `1.5 MB`; decimal units, as disks and networks use. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  return `${(bytes / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power] ?? 'B'}`;
}

/** Dead letters by reason and by type. */
export function statsText(stats: LetterStats): string {
  const { sentence, reasons, types } = statsView(stats, Date.now());
  if (stats.total === 0) return sentence;
  const counts = [1, 2, 3];
  return [
    sentence,
    table(reasons.head, reasons.rows, counts),
    '',
    table(types.head, types.rows, counts),
  ].join('\n');
}

/** Names of columns above a table. */
export function headLine(line: string): string {
  return chalk.dim(line);
}

const tones = { head: chalk.bold, bad: chalk.red, dim: chalk.dim } as const;

/** Lines of a page, as a terminal shows them. */
export function viewText(lines: readonly ViewLine[]): string {
  return lines.map(({ text, tone }) => (tone === undefined ? text : tones[tone](text))).join('\n');
}

/** Past replays as a list, or all about each of them. */
export function replaysText(replays: readonly PastReplay[], isWhole: boolean): string {
  if (replays.length === 0)
    return 'No replays. streamlab dlq replay makes one; --dry-run says first what it would do.';
  if (!isWhole) return table(replayColumns, replays.map(replayRow), [2, 3, 4, 5, 6]);
  return replays.map((replay) => replayPage(replay).join('\n')).join('\n\n');
}

/** Rows of a table of totals before more of them are only counted. */
const SHOWN_TOTALS = 20;

/** The totals that a replay changes. */
export function effectTable({ totals, totalsCount }: EffectSummary): string {
  const rows = totals.slice(0, SHOWN_TOTALS).map(effectRow);
  const more = totalsCount - rows.length;
  const lines = table(effectColumns, rows, [3, 4, 5, 6]);
  return more > 0
    ? `${lines}\n${chalk.dim(`… and ${grouped(more)} more totals (--json has a thousand)`)}`
    : lines;
}

/** A few of the events that would be sent. */
export function sampleLines(samples: readonly ReplaySample[]): string[] {
  return samples.flatMap(({ partition, offset, reason, attempt, repaired, payload }, n) => [
    ...(n === 0 ? ['', chalk.dim('For instance:')] : []),
    `${partition}:${offset} ${printable(reason)}, attempt ${attempt}${repaired ? ', repaired' : ''}`,
    `  ${printable(shortened(payload, 400))}`,
  ]);
}

/** One window as it fills: local time, counts by contribution, money. */
export function windowLine(window: WindowTotals): string {
  const start = new Date(window.windowStart).toTimeString().slice(0, 5);
  const part = (name: string, events: number): string => `${name} ${events.toLocaleString('en').padStart(7)}`;
  const parts = [
    part('on time', window.onTime),
    part('late', window.late),
    part('replayed', window.replayed),
  ];
  return `window ${start}   ${parts.join('   ')}   revenue ${window.revenue.padStart(12)}`;
}

export const howToGoOn = [
  'Go on with:',
  '  streamlab produce --rate 5000 --late 3%      more traffic, until Ctrl-C',
  '  streamlab verify                             the ledger again',
  '  streamlab up --help                          watermark delay, allowed lateness, guarantee …',
  '  streamlab down                               stop it all; --volumes deletes the data',
].join('\n');
