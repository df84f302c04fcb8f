import type { Report } from '../domain/progress.js';
import { scheduledCount } from '../domain/traffic/arrivals.js';
import { ProduceDisplay, type ProduceView } from '../domain/traffic/display.js';
import { mergeLatencies } from '../domain/traffic/latency.js';
import type { RunRequest } from '../domain/traffic/run-request.js';
import { emptyRunState, summarize, type ProduceSummary, type RunState } from '../domain/traffic/summary.js';
import { rejectedOn } from './deadline.js';
import type { PaceClock } from './produce-run.js';

/** One worker of a run: in this thread or in one of its own. */
export interface Worker {
  /** Sends its share; resolves when it has ended. @param startMs the moment of the first record, epoch milliseconds */
  run: (startMs: number) => Promise<RunState>;
}

export interface ProduceTools {
  /** Opens a worker for a share of the run; it emits where it stands now and then. */
  openWorker: (request: RunRequest, emit: (state: RunState) => void) => Promise<Worker>;
  /** Creates what the run writes; called once nothing can be refused any more. */
  begin?: (() => Promise<void>) | undefined;
  clock: PaceClock;
  report: Report;
  signal: AbortSignal;
  /** Told where the run stands, for metrics. */
  observe?: ((seen: { state: RunState; ratePerSecond: number }) => void) | undefined;
}

export interface ProduceRequest extends Omit<RunRequest, 'share'> {
  title: string;
  workers: number;
}

/** Time for every worker to hear of the start, milliseconds. */
const START_IN_MS = 50;

/**
 * Sends traffic with as many workers as asked for and shows how it goes.
 * @throws StreamlabError SERVICE_UNREACHABLE, TOPIC_MISSING before the first record
 */
export async function produce(request: ProduceRequest, tools: ProduceTools): Promise<ProduceSummary> {
  const { workers: count, title, ...rest } = request;
  const states = Array.from({ length: count }, emptyRunState);
  let show = (): void => undefined;
  const opening = Promise.all(
    states.map((_, worker) =>
      tools.openWorker({ ...rest, share: { worker, of: count } }, (state) => {
        states[worker] = state;
        show();
      }),
    ),
  );
  // Who waits for a broker that does not answer may give up.
  const workers = await Promise.race([opening, rejectedOn(tools.signal)]);
  await tools.begin?.();
  const startMs = Math.ceil(tools.clock.now()) + (count > 1 ? START_IN_MS : 0);
  const scheduled = scheduledRecords(request);
  const display = new ProduceDisplay(title, request.plan.phases, startMs);
  let shownMs = 0;
  show = () => {
    const now = tools.clock.now();
    if (now - shownMs < SHOW_EVERY_MS) return;
    shownMs = now;
    const state = together(states);
    const seen = display.look(now, state);
    tools.report({
      type: 'live',
      id: 'produce',
      ...display.text(state, seen, fraction(request, scheduled, seen)),
    });
    tools.observe?.({ state, ratePerSecond: seen.ratePerSecond });
  };
  const ended = await Promise.all(workers.map((worker) => worker.run(startMs)));
  shownMs = 0;
  for (const [worker, state] of ended.entries()) states[worker] = state;
  show();
  return summarize({
    state: together(ended),
    scheduled,
    elapsedMs: tools.clock.now() - startMs,
    startMs: request.startAtMs ?? startMs,
    seed: request.seed,
    workers: count,
    interrupted: tools.signal.aborted,
  });
}

/** How many records the run should have, where that is known beforehand. */
function scheduledRecords({ plan, limits, pace, file }: ProduceRequest): number | undefined {
  // The clock ends such a run, not the schedule.
  if (file !== undefined || (pace === 'now' && limits.durationMs !== undefined)) return undefined;
  return scheduledCount(plan, limits);
}

const SHOW_EVERY_MS = 190;

/** The state of all workers as that of one. */
function together(states: readonly RunState[]): RunState {
  const [first = emptyRunState()] = states;
  if (states.length === 1) return first;
  const sum = (of: (state: RunState) => number): number =>
    states.reduce((total, state) => total + of(state), 0);
  const most = (of: (state: RunState) => number): number => Math.max(...states.map(of));
  return {
    tally: {
      onTime: sum(({ tally }) => tally.onTime),
      late: sum(({ tally }) => tally.late),
      tooLate: sum(({ tally }) => tally.tooLate),
      duplicate: sum(({ tally }) => tally.duplicate),
      invalid: sum(({ tally }) => tally.invalid),
    },
    acknowledged: sum(({ acknowledged }) => acknowledged),
    givenUp: sum(({ givenUp }) => givenUp),
    resent: sum(({ resent }) => resent),
    inFlight: sum(({ inFlight }) => inFlight),
    latency: mergeLatencies(states.map(({ latency }) => latency)),
    targetPerSecond: most(({ targetPerSecond }) => targetPerSecond),
    phase: most(({ phase }) => phase),
    behindMs: most(({ behindMs }) => behindMs),
    maxBehindMs: most(({ maxBehindMs }) => maxBehindMs),
    trouble: states.find(({ trouble }) => trouble !== undefined)?.trouble,
    failure: states.find(({ failure }) => failure !== undefined)?.failure,
  };
}

function fraction(
  { limits, pace }: ProduceRequest,
  scheduled: number | undefined,
  { sent, elapsedMs }: ProduceView,
): number | undefined {
  if (scheduled !== undefined) return sent / scheduled;
  return limits.durationMs !== undefined && (pace === 'clock' || pace === 'now')
    ? elapsedMs / limits.durationMs
    : undefined;
}
