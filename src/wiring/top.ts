import type { Config } from '../domain/config.js';
import { pipelineView, type PipelineView } from '../domain/pipeline/view.js';
import type { GlanceTools } from '../services/glance.js';
import type { LogTail } from '../services/log-tail.js';
import type { TopSource } from '../tui/app.js';
import type { Colours } from '../tui/text.js';
import { watchedLab } from './console.js';
import { openLab } from './lab.js';
import { observeLab } from './observe.js';
import { sleep } from './pipeline.js';
import { runtimeOf } from './runtimes.js';

/** As long as a look at a lab may take; usually three seconds are enough, and a checkpoint interval where records flow. */
const glanceMs = 12_000;

/**
 * The lab as it is now, looked at just long enough for rates.
 * @throws StreamlabError LAB_NOT_RUNNING
 */
export async function lookAtLab(config: Config, signal: AbortSignal): Promise<PipelineView> {
  const { glance } = await import('../services/glance.js');
  const lab = await observeLab(config);
  try {
    const { facts } = lab;
    const observe: GlanceTools['observe'] = (emit, bound, slowness) => lab.observe(emit, bound, slowness);
    return pipelineView(await glance({ facts, observe, deadlineMs: glanceMs, signal }), Date.now());
  } finally {
    await lab.close();
  }
}

/** Columns where the text goes to no terminal. */
const usualColumns = 120;

/** The whole overview as a text. */
export async function overviewOf(view: PipelineView): Promise<string> {
  const [{ textOf }, { painted }] = await Promise.all([import('../tui/frame.js'), import('../tui/text.js')]);
  const { stdout } = process;
  const width = stdout.isTTY ? Math.max(40, stdout.columns) : usualColumns;
  return textOf(view, width)
    .map((line) => painted(line, coloursOf(stdout)).trimEnd())
    .join('\n');
}

/** As NO_COLOR, FORCE_COLOR and TERM have it. */
function coloursOf(stdout: NodeJS.WriteStream): Colours {
  if (!stdout.isTTY) return 0;
  const depth = stdout.getColorDepth();
  return depth === 1 ? 0 : depth === 4 ? 16 : 256;
}

export interface TopCall {
  intervalMs: number;
  signal: AbortSignal;
}

/**
 * The live screen, until somebody quits. The lab may go away meanwhile, and come back.
 * @throws StreamlabError LAB_NOT_RUNNING when it does not run at first
 */
export async function runTop(config: Config, { intervalMs, signal }: TopCall): Promise<void> {
  await openLab(config);
  // React takes its slow paths for developers otherwise; and where a variable says that this is CI, Ink draws nothing
  // before the end. Here is a terminal, with somebody in front of it.
  Object.assign(process.env, { NODE_ENV: 'production', CI: 'false', CONTINUOUS_INTEGRATION: 'false' });
  const [{ LabWatch }, { LogTail }, { showTop }] = await Promise.all([
    import('../services/lab-watch.js'),
    import('../services/log-tail.js'),
    import('../tui/app.js'),
  ]);
  const over = new AbortController();
  const ends = AbortSignal.any([signal, over.signal]);
  const watch = new LabWatch({
    open: () => watchedLab(config),
    slowness: slownessOf(intervalMs),
    // The console measures, or nobody: this only looks.
    isMeasuredElsewhere: () => Promise.resolve(true),
    clock: { now: Date.now, sleep },
    say: () => undefined,
    // A look that broke off is begun anew, and told as trouble on the screen.
    onDefect: () => undefined,
    signal: ends,
  });
  const watching = watch.run();
  const { stdin, stdout } = process;
  const terminal = { stdin, stdout, colours: coloursOf(stdout) };
  const logs = new LogTail(() => runtimeOf(config), ends);
  try {
    await showTop({ source: sourceOf(watch, logs), terminal, intervalMs, signal });
  } finally {
    over.abort();
    await watching;
  }
}

/**
 * The lab is looked at as often as the screen is drawn (Kafka twice as often), within bounds: Flink measures no finer, and
 * rates over 15 s need several looks.
 */
function slownessOf(intervalMs: number): number {
  return Math.min(2.5, Math.max(0.5, intervalMs / 2_000));
}

type Watch = Readonly<{ view: () => PipelineView | undefined; trouble: string | undefined }>;

function sourceOf(watch: Watch, logs: LogTail): TopSource {
  let last: PipelineView | null = null;
  return {
    look: (withLogs) => {
      last = watch.view() ?? last;
      return { view: last, trouble: watch.trouble ?? null, logs: withLogs ? logs.lines() : [] };
    },
  };
}
