import { once } from 'node:events';
import chalk from 'chalk';
import Table from 'cli-table3';
import type { createLogUpdate } from 'log-update';
import type { ProgressEvent, Report } from './domain/progress.js';
import type { StreamlabError } from './errors.js';

/** How a command shows itself: a live view on a terminal, one line an event elsewhere, or nothing. */
export type OutputMode = 'tty' | 'plain' | 'quiet';

/**
 * stdout carries data, stderr carries progress and messages. Under `--json` the command's one JSON value is
 * printed by oclif and everything else goes to stderr.
 */
export class Output {
  readonly mode: OutputMode;
  private readonly display: { report: Report; stop: () => void };

  constructor(options: { json: boolean; quiet: boolean }) {
    const interactive = process.stderr.isTTY && process.env.TERM !== 'dumb' && process.env.CI === undefined;
    this.mode = options.quiet ? 'quiet' : interactive && !options.json ? 'tty' : 'plain';
    this.display =
      this.mode === 'tty'
        ? liveDisplay()
        : plainDisplay(this.mode === 'quiet' ? () => undefined : writeError);
  }

  /** Receives a service's progress events. */
  get report(): Report {
    return this.display.report;
  }

  /** Ends the live view, leaving its last frame on the screen. */
  stop(): void {
    this.display.stop();
  }

  data(text: string): void {
    this.stop();
    process.stdout.write(`${text}\n`);
  }

  /** Writes one of many lines, at the pace of whoever reads them; false once nobody does any more. */
  async line(text: string): Promise<boolean> {
    const { stdout } = process;
    if (stdout.errored !== null) return false;
    if (stdout.write(`${text}\n`)) return true;
    return once(stdout, 'drain').then(
      () => true,
      () => false,
    );
  }

  /** Characters that a line of stdout may have; endless where it is no terminal. */
  get columns(): number {
    return process.stdout.isTTY ? process.stdout.columns : Infinity;
  }

  message(text: string): void {
    this.stop();
    writeError(text);
  }

  warn(text: string): void {
    this.message(`${chalk.yellow('Warning:')} ${text}`);
  }
}

function writeError(text: string): void {
  process.stderr.write(`${text}\n`);
}

type LogUpdate = ReturnType<typeof createLogUpdate>;
type Step = Extract<ProgressEvent, { type: 'step' }>;

const marks = {
  running: () => chalk.cyan('◌'),
  done: () => chalk.green('✔'),
  failed: () => chalk.red('✖'),
  skipped: () => chalk.dim('–'),
} as const;

/** One line of a step, as both displays show it. */
export function stepLine(step: Step): string {
  const bar =
    step.fraction === undefined || step.state !== 'running' ? '' : ` ${progressBar(step.fraction, 20)}`;
  const detail = step.detail === undefined ? '' : chalk.dim(` ${step.detail}`);
  return `${marks[step.state]()} ${step.title}${bar}${detail}`;
}

export function progressBar(fraction: number, width: number): string {
  const filled = Math.round(Math.min(1, Math.max(0, fraction)) * width);
  return `${'█'.repeat(filled)}${'░'.repeat(width - filled)} ${String(Math.floor(fraction * 100)).padStart(3)}%`;
}

function liveDisplay(): { report: Report; stop: () => void } {
  let steps = new Map<string, readonly string[]>();
  // Loaded with the first event: most commands have no progress to show.
  let loading: Promise<void> | undefined;
  let log: LogUpdate | undefined;
  const frame = (): string => [...steps.values()].flat().join('\n');
  const load = async (): Promise<void> => {
    const { createLogUpdate } = await import('log-update');
    log = createLogUpdate(process.stderr);
    if (steps.size > 0) log(frame());
  };
  return {
    report: (event) => {
      loading ??= load();
      if (event.type === 'message') {
        log?.clear();
        writeError(event.text);
      } else steps.set(event.id, event.type === 'live' ? event.lines : [stepLine(event)]);
      log?.(frame());
    },
    stop: () => {
      if (steps.size === 0) return;
      if (log === undefined) writeError(frame());
      else {
        log(frame());
        log.done();
      }
      steps = new Map();
    },
  };
}

/** A little less than a second, so that reports of five a second give one line in each. */
const LIVE_EVERY_MS = 990;

/** A line when a step begins and ends, and at most one in ten seconds between; of what is live, one a second. */
function plainDisplay(write: (text: string) => void): { report: Report; stop: () => void } {
  const last = new Map<string, { state: string; at: number }>();
  return {
    report: (event) => {
      if (event.type === 'message') {
        write(event.text);
        return;
      }
      const seen = last.get(event.id);
      const state = event.type === 'live' ? 'live' : event.state;
      const everyMs = event.type === 'live' ? LIVE_EVERY_MS : 10_000;
      if (seen?.state === state && Date.now() - seen.at < everyMs) return;
      last.set(event.id, { state, at: Date.now() });
      write(event.type === 'live' ? event.line : stepLine(event));
    },
    stop: () => undefined,
  };
}

/** A borderless table with a header line; numbers are right-aligned where the column says so. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly number[] = [],
): string {
  const none = {
    top: '',
    'top-mid': '',
    'top-left': '',
    'top-right': '',
    bottom: '',
    'bottom-mid': '',
    'bottom-left': '',
  };
  const lines = {
    'bottom-right': '',
    left: '',
    'left-mid': '',
    mid: '',
    'mid-mid': '',
    right: '',
    'right-mid': '',
    middle: '  ',
  };
  const result = new Table({
    head: head.map((cell) => chalk.dim(cell)),
    chars: { ...none, ...lines },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
    colAligns: head.map((_, column) => (right.includes(column) ? 'right' : 'left')),
  });
  for (const row of rows) result.push([...row]);
  return result.toString();
}

/** What a person sees of an error: the sentence, the evidence, and what to do next. Never a stack trace. */
export function renderError(error: StreamlabError): string {
  const lines = [`${chalk.red('Error:')} ${error.message}`];
  if (error.evidence.length > 0) lines.push(...error.evidence.map((line) => chalk.dim(`  │ ${line}`)));
  lines.push(...error.suggestions.map((suggestion) => `  → ${suggestion}`));
  return lines.join('\n');
}
