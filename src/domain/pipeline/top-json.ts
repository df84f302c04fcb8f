import type { LabFacts } from './samples.js';
import type { PipelineView } from './view.js';

/** The `--json` of `streamlab top`: docs/contracts.md says what its keys mean. */
export type TopJson = LabFacts & Omit<PipelineView, 'facts'>;

export function topJson({ facts, ...view }: PipelineView): TopJson {
  return rounded({ ...facts, ...view });
}

/** More than three digits after the point say nothing. */
function rounded<T>(value: T): T {
  return JSON.parse(JSON.stringify(value), (_, part: unknown) =>
    typeof part === 'number' ? Math.round(part * 1_000) / 1_000 : part,
  ) as T;
}
