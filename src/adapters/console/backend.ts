import type { Dashboard } from '../../domain/console/dashboard.js';
import type { ResultTable } from '../../domain/console/result.js';
import type { Endpoint } from '../../domain/pages.js';
import type { PipelineView } from '../../domain/pipeline/view.js';

/** What the page is about. */
export interface ConsoleSession {
  lab: string;
  runtime: string;
  /** Where else the lab is reached; empty while it does not run. */
  endpoints: readonly Endpoint[];
  /** What every POST carries as `x-streamlab-token`: only a page that may read this can send one. */
  token: string;
}

/** What the page is told of the pipeline: nothing while the lab cannot be watched, and why. */
export interface PipelineAnswer {
  view: PipelineView | null;
  trouble: string | null;
}

/** What the console's routes ask of the lab. Everything may throw a StreamlabError, which the page shows. */
export interface ConsoleBackend {
  session(): Promise<ConsoleSession>;
  dashboards(): readonly Dashboard[];
  /** @param params of the request, see `requestedSql` */
  query(params: URLSearchParams, signal: AbortSignal): Promise<ResultTable>;
  pipeline(): PipelineAnswer;
}
