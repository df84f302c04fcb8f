import chalk from 'chalk';
import type { LabConnections } from './domain/connections.js';
import { formatDuration } from './domain/duration.js';
import { endpointsOf } from './domain/pages.js';
import { table } from './output.js';
import type { WindowTotals } from './adapters/clickhouse/clickhouse.js';
import type { DlqStats } from './services/dlq-stats.js';
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

/** Dead letters by reason, most first. */
export function deadLetterTable({
  total,
  outstanding,
  replayed,
  byReason,
  outstandingByReason,
}: DlqStats): string {
  const line = (name: string, all: number, left: number): string[] => [
    name,
    String(all),
    String(all - left),
    String(left),
  ];
  const rows = Object.entries(byReason)
    .sort(([, a], [, b]) => b - a)
    .map(([reason, all]) => line(reason, all, outstandingByReason[reason] ?? 0));
  const sum = ['total', String(total), String(replayed), String(outstanding)];
  return table(['REASON', 'DEAD LETTERS', 'REPLAYED', 'OUTSTANDING'], [...rows, sum], [1, 2, 3]);
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
