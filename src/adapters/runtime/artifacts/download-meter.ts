import { formatMegabytes } from '../../../domain/artifacts.js';
import { formatDuration } from '../../../domain/duration.js';
import type { Report } from '../../../domain/progress.js';

const windowMs = 3_000;
const reportEveryMs = 100;

/** Turns arriving bytes into one progress step with a fraction and the speed of the last seconds. */
export class DownloadMeter {
  private readonly beganAt: number;
  private received = 0;
  private fetched = 0;
  private lastReportAt = -Infinity;
  private samples: { at: number; fetched: number }[] = [];

  /** @param alreadyBytes of parts that earlier downloads left */
  constructor(
    private readonly report: Report,
    private readonly totalBytes: number,
    private readonly title: string,
    alreadyBytes: number,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.received = alreadyBytes;
    this.beganAt = now();
    this.samples.push({ at: this.beganAt, fetched: 0 });
  }

  add(bytes: number): void {
    this.received += bytes;
    if (bytes > 0) this.fetched += bytes;
    const at = this.now();
    if (at - this.lastReportAt < reportEveryMs) return;
    this.lastReportAt = at;
    this.samples = [
      ...this.samples.filter((sample) => at - sample.at < windowMs),
      { at, fetched: this.fetched },
    ];
    this.tell('running', `${this.progress()}${this.speed()}`);
  }

  done(): void {
    const took = formatDuration(this.now() - this.beganAt);
    this.tell('done', `${formatMegabytes(this.totalBytes)} MB in ${took}`);
  }

  failed(): void {
    this.tell('failed', this.progress());
  }

  private progress(): string {
    return `${formatMegabytes(Math.max(0, this.received))} of ${formatMegabytes(this.totalBytes)} MB`;
  }

  private speed(): string {
    const [first, last] = [this.samples[0], this.samples.at(-1)];
    if (first === undefined || last === undefined || last.at - first.at < 200) return '';
    const bytesPerSecond = ((last.fetched - first.fetched) * 1_000) / (last.at - first.at);
    return `, ${(bytesPerSecond / 1e6).toFixed(1)} MB/s`;
  }

  private tell(state: 'running' | 'done' | 'failed', detail: string): void {
    const fraction = Math.min(1, Math.max(0, this.received / this.totalBytes));
    this.report({ type: 'step', id: 'artifacts', title: this.title, state, detail, fraction });
  }
}
