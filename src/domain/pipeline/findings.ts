import type { PipelineView } from './view.js';

export const severities = ['bad', 'warning', 'note'] as const;

/** What is the matter, and why. */
export interface Finding {
  severity: (typeof severities)[number];
  /** Stable, for scripts. */
  code: FindingCode;
  sentence: string;
}

export type FindingCode =
  | 'source_silent'
  | 'service_stopped'
  | 'no_job'
  | 'job_not_running'
  | 'no_task_manager'
  | 'checkpoints_fail'
  | 'checkpoint_old'
  | 'backpressure'
  | 'sink_slow'
  | 'lag_grows'
  | 'reader_stands_still'
  | 'watermark_held'
  | 'watermark_behind'
  | 'queue_error'
  | 'letters_outstanding';

/** Worst first. */
export function findings(view: Omit<PipelineView, 'findings'>): Finding[] {
  const found = [...sources(view), ...watermark(view)];
  return found.sort((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity));
}

type View = Omit<PipelineView, 'findings'>;

function sources(view: View): Finding[] {
  return view.sources.flatMap(({ source, silentMs, failure }) =>
    silentMs === null
      ? []
      : [
          {
            severity: 'bad' as const,
            code: 'source_silent' as const,
            sentence: `${source} has not answered for ${seconds(silentMs)} s: ${failure ?? ''}`,
          },
        ],
  );
}

function watermark({ watermark: { heldBy, partitions } }: View): Finding[] {
  const holder = partitions.find(({ partition }) => partition === heldBy);
  if (holder === undefined) return [];
  const why = holder.state === 'silent' ? `, idle ${seconds(holder.silentMs ?? 0)} s` : '';
  return [
    {
      severity: 'warning',
      code: 'watermark_held',
      sentence: `The watermark is held by partition ${String(holder.partition)}${why}.`,
    },
  ];
}

function seconds(ms: number): string {
  return String(Math.round(ms / 1_000));
}
