import { formatDuration } from '../duration.js';
import { RateMeter } from '../traffic/rate-meter.js';
import { grouped } from '../traffic/summary.js';

/** What a progress line says of a replay. */
export class ReplayProgress {
  private readonly meter: RateMeter;

  /** @param total letters that are expected to be sent */
  constructor(
    private readonly startMs: number,
    private readonly total: number,
  ) {
    this.meter = new RateMeter(startMs);
  }

  at(nowMs: number, sent: number): { fraction: number; detail: string } {
    const perSecond = Math.round(this.meter.at(nowMs, sent));
    // Of the whole run: the rate of the last second would make the end jump about.
    const mean = sent / Math.max(1, nowMs - this.startMs);
    const leftMs = mean === 0 ? undefined : Math.max(0, this.total - sent) / mean;
    const left = leftMs === undefined || sent >= this.total ? '' : `, ${formatDuration(leftMs)} left`;
    return {
      fraction: this.total === 0 ? 1 : Math.min(1, sent / this.total),
      detail: `${grouped(sent)} of ${grouped(this.total)}, ${grouped(perSecond)}/s${left}`,
    };
  }
}
