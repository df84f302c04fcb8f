import type { Dashboard } from '../../domain/console/dashboard.js';
import type { ResultTable } from '../../domain/console/result.js';

/** What the page is about, and what lets it change anything. */
export interface ConsoleFacts {
  lab: string;
  runtime: string;
  version: string;
}

/** What the console's server asks of the lab. Everything may throw a StreamlabError, which the page shows. */
export interface ConsoleBackend {
  facts: ConsoleFacts;
  /** For who starts the process and for people: what it does and how it fares. */
  health(): object;
  dashboards(): readonly Dashboard[];
  /** @param params of the request, see `requestedSql` */
  query(params: URLSearchParams, signal: AbortSignal): Promise<ResultTable>;
  /** The view of the pipeline, plain JSON. */
  pipeline(): object;
}
