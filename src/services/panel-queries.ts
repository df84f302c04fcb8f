import type { DashboardQueries } from '../adapters/clickhouse/dashboard-query.js';
import type { Dashboard } from '../domain/console/dashboard.js';
import { requestedSql, type LoadedDashboard } from '../domain/console/query-request.js';
import type { ResultTable } from '../domain/console/result.js';
import { StreamlabError } from '../errors.js';
import { rejectedOn, withDeadline } from './deadline.js';
import type { Reopened } from './reopened.js';
import { Turns } from './turns.js';

/** A panel that takes longer shows that it did. */
export const queryLimitMs = 15_000;
/** A dashboard asks for all of its panels at once; ClickHouse is the lab's, and results take memory. */
const queriesAtOnce = 3;

interface Running {
  result: Promise<ResultTable>;
  waiting: number;
  cancel: AbortController;
}

/**
 * Runs the queries of dashboards. Whoever asks for the same at the same time shares one query; it is cancelled when the
 * last of them has left, or when it takes too long.
 */
export class PanelQueries {
  readonly #running = new Map<string, Running>();
  readonly #turns = new Turns(queriesAtOnce);

  constructor(
    private readonly loaded: readonly LoadedDashboard[],
    private readonly clickhouse: Reopened<DashboardQueries>,
  ) {}

  get dashboards(): readonly Dashboard[] {
    return this.loaded.map(({ dashboard }) => dashboard);
  }

  /** @throws StreamlabError INVALID_USAGE, TIMED_OUT, and what ClickHouse says */
  async answer(params: URLSearchParams, signal: AbortSignal): Promise<ResultTable> {
    const sql = requestedSql(this.loaded, params);
    const running = this.#running.get(sql) ?? this.#start(sql);
    running.waiting += 1;
    try {
      return await Promise.race([running.result, rejectedOn(signal)]);
    } finally {
      running.waiting -= 1;
      if (running.waiting === 0) {
        this.#forget(sql, running);
        running.cancel.abort(new StreamlabError('INTERRUPTED', 'Nobody waits for this any more.'));
      }
    }
  }

  #start(sql: string): Running {
    const cancel = new AbortController();
    const ask = (): Promise<ResultTable> =>
      withDeadline(cancel.signal, queryLimitMs, (signal) =>
        this.clickhouse.use((opened) => opened.run(sql, { limitMs: queryLimitMs, signal })),
      );
    const result = this.#turns.take(cancel.signal, ask).catch((error: unknown) => {
      throw error instanceof Error && error.name === 'TimeoutError' ? tooSlow() : error;
    });
    const running = { result, waiting: 0, cancel };
    this.#running.set(sql, running);
    result.catch(() => undefined);
    return running;
  }

  #forget(sql: string, running: Running): void {
    if (this.#running.get(sql) === running) this.#running.delete(sql);
  }
}

function tooSlow(): StreamlabError {
  return new StreamlabError(
    'TIMED_OUT',
    `ClickHouse took longer than ${String(queryLimitMs / 1_000)} s for this query.`,
    { suggestions: ['Choose a shorter time range.'] },
  );
}
