import type { PipelineView } from '../view.js';

/** Worst first. */
export const severities = ['bad', 'warning', 'note'] as const;

/** What is the matter and why, in a sentence; what to do about it where that can be said. */
export interface Finding {
  severity: (typeof severities)[number];
  /** Stable, for scripts. */
  code: FindingCode;
  sentence: string;
}

export type FindingCode =
  | 'source_silent'
  | 'service_stopped'
  | 'no_task_manager'
  | 'too_few_slots'
  | 'no_job'
  | 'job_not_running'
  | 'checkpoint_overdue'
  | 'checkpoints_fail'
  | 'sink_slow'
  | 'backpressure'
  | 'operator_busy'
  | 'lag_grows'
  | 'catching_up'
  | 'reader_stands_still'
  | 'queue_error'
  | 'watermark_held'
  | 'watermark_behind'
  | 'partition_idle'
  | 'no_traffic'
  | 'letters_outstanding';

/** What findings are drawn from. */
export type Facts = Omit<PipelineView, 'findings'>;
export type Found = (facts: Facts) => Finding[];

/** `41 s`, `3 min`, `2 h`. */
export function lengthOf(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  if (seconds < 120) return `${String(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${String(minutes)} min` : `${String(Math.round(minutes / 60))} h`;
}

/** `1,234`, and one digit after the point of what is small. */
export function count(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: Math.abs(value) < 10 ? 1 : 0 });
}

/** `1 checkpoint`, `2 checkpoints`. */
export function counted(value: number, what: string): string {
  return `${count(value)} ${what}${value === 1 ? '' : 's'}`;
}

export function percent(share: number): string {
  return `${String(Math.round(share * 100))} %`;
}
