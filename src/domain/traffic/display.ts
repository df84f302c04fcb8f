import { formatDuration } from '../duration.js';
import { latenciesSince, latencySummary, type LatencyCounts } from './latency.js';
import type { Phase } from './plan.js';
import { RateMeter } from './rate-meter.js';
import { grouped, sentOf, type RunState, type Tally } from './summary.js';

const LATENCIES_OF_MS = 5_000;
const LABEL_WIDTH = 14;

/** What was seen at one moment. */
export interface ProduceView {
  sent: number;
  /** Of the last second or two. */
  ratePerSecond: number;
  /** Of the last seconds, as text. */
  latency: string;
  elapsedMs: number;
}

/** What `produce` shows while it runs: the state of the run, and what has happened since the last looks at it. */
export class ProduceDisplay {
  private readonly meter: RateMeter;
  private before: { ms: number; latency: LatencyCounts };
  private latest: LatencyCounts = [];

  constructor(
    private readonly title: string,
    private readonly phases: readonly Phase[],
    private readonly startMs: number,
  ) {
    this.meter = new RateMeter(startMs);
    this.before = { ms: startMs, latency: [] };
  }

  look(ms: number, state: RunState): ProduceView {
    const sent = sentOf(state.tally);
    const latency = this.recentLatency(ms, state.latency);
    const ratePerSecond = Math.round(this.meter.at(ms, sent));
    return { sent, ratePerSecond, latency, elapsedMs: Math.max(0, ms - this.startMs) };
  }

  private recentLatency(ms: number, latency: LatencyCounts): string {
    if (ms - this.before.ms >= LATENCIES_OF_MS) {
      this.before = { ms, latency: this.latest };
      this.latest = latency;
    }
    const summary = latencySummary(latenciesSince(latency, this.before.latency));
    return summary === undefined
      ? 'no answer yet'
      : `p50 ${formatDuration(summary.p50)}, p99 ${formatDuration(summary.p99)}`;
  }

  /**
   * @param fraction of the run, 0 to 1; undefined for a run without end
   * @returns lines for a terminal, and one for a log
   */
  text(state: RunState, view: ProduceView, fraction: number | undefined): { lines: string[]; line: string } {
    const { title, phases } = this;
    const name = phases[state.phase]?.name ?? '';
    const phase = phases.length > 1 ? `  phase ${state.phase + 1}/${phases.length} ${name}` : '';
    const done = fraction === undefined ? '' : `  ${Math.floor(Math.min(1, fraction) * 100)}%`;
    const { sent, ratePerSecond, latency, elapsedMs } = view;
    const lines = [
      `${title}  ${formatDuration(elapsedMs)}${done}${phase}`,
      row('rate', `${grouped(ratePerSecond)}/s${target(state)}${behind(state)}`),
      row(
        'sent',
        `${grouped(sent)}, ${grouped(state.acknowledged)} acknowledged, ${grouped(state.inFlight)} in flight`,
      ),
      row('meant to be', mixText(state.tally, sent)),
      row('latency', latency),
      row('errors', errorsText(state)),
    ];
    return { lines, line: logLine(state, view) };
  }
}

const row = (label: string, text: string): string => `  ${label.padEnd(LABEL_WIDTH)}${text}`;

function target({ targetPerSecond }: RunState): string {
  return targetPerSecond === 0 ? '' : ` of ${grouped(Math.round(targetPerSecond))}/s`;
}

function behind({ behindMs }: RunState): string {
  return behindMs < 1_000 ? '' : `, ${formatDuration(behindMs)} behind`;
}

function mixText(tally: Tally, sent: number): string {
  const share = (count: number): string => `${((100 * count) / Math.max(1, sent)).toFixed(1)}%`;
  return [
    `on time ${share(tally.onTime)}`,
    `late ${share(tally.late)}`,
    `too late ${share(tally.tooLate)}`,
    `duplicates ${share(tally.duplicate)}`,
    `invalid ${share(tally.invalid)}`,
  ].join(', ');
}

function errorsText({ trouble, resent, givenUp }: RunState): string {
  const parts = [
    ...(trouble === undefined ? [] : [`waiting for Kafka: ${trouble}`]),
    ...(resent === 0 ? [] : [`${grouped(resent)} sent again`]),
    ...(givenUp === 0 ? [] : [`${grouped(givenUp)} given up`]),
  ];
  return parts.length === 0 ? 'none' : parts.join(', ');
}

/** `12s 60,000 sent 5,000/s of 5,000/s, 59,950 acknowledged, 50 in flight, p50 4ms, p99 12ms, errors: none`. */
function logLine(state: RunState, view: ProduceView): string {
  const errors = errorsText(state);
  return [
    `${formatDuration(view.elapsedMs)}  ${grouped(view.sent)} sent, ${grouped(view.ratePerSecond)}/s${target(state)}${behind(state)}`,
    `${grouped(state.acknowledged)} acknowledged`,
    `${grouped(state.inFlight)} in flight`,
    view.latency,
    ...(errors === 'none' ? [] : [errors]),
  ].join(', ');
}
