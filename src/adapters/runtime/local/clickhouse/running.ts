import { setTimeout as delay } from 'node:timers/promises';
import { quoteString, type EngineSession } from './engine.js';
import { clickHouseError } from './errors.js';

/** Live figures of a statement, from `system.processes`. */
export interface Progress {
  readonly readRows: number;
  readonly readBytes: number;
  readonly writtenRows: number;
  readonly writtenBytes: number;
  readonly totalRowsToRead: number;
  readonly memoryUsageBytes: number;
}

const noProgress: Progress = {
  readRows: 0,
  readBytes: 0,
  writtenRows: 0,
  writtenBytes: 0,
  totalRowsToRead: 0,
  memoryUsageBytes: 0,
};

/**
 * A statement that runs. The engine gives every query an id of its own and offers no way to set it, so the
 * client's id travels in the setting `log_comment`, which `system.processes` shows.
 */
export interface RunningQuery {
  readonly queryId: string;
  readonly comment: string;
  /** On the clock of `performance.now()`. */
  readonly startedAtMs: number;
  /** The pipe its rows leave by; it tells the query apart where the query sets a `log_comment` of its own. */
  fifo: string | undefined;
  progress: Progress;
  /** Called when a KILL reached it: its pipe has to be drained or closed for the engine's thread to come free. */
  onKilled: () => void;
  settled: boolean;
}

const commentPrefix = 'query_id=';

/** The expression that yields our query id of a row of `system.processes`, or the engine's own. */
export const queryIdExpression =
  `if(startsWith(Settings['log_comment'], '${commentPrefix}'), ` +
  `extract(Settings['log_comment'], '^${commentPrefix}([^;]*)'), query_id)`;

/** All statements that run now: progress and cancelling, over one control session of the engine. */
export class RunningQueries {
  readonly #queries = new Map<string, RunningQuery>();
  #control: Promise<unknown> = Promise.resolve();
  #sampler: NodeJS.Timeout | undefined;

  constructor(
    private readonly session: EngineSession,
    private readonly sampleEveryMs = 250,
  ) {}

  add(queryId: string, userComment: string | undefined): RunningQuery {
    if (this.#queries.has(queryId)) {
      const reason = `Query with id = ${queryId} is already running.`;
      throw clickHouseError('QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING', reason);
    }
    const query: RunningQuery = {
      queryId,
      comment: `${commentPrefix}${queryId.replaceAll(';', ',')}${userComment === undefined ? '' : `; ${userComment}`}`,
      startedAtMs: performance.now(),
      fifo: undefined,
      progress: noProgress,
      onKilled: () => undefined,
      settled: false,
    };
    this.#queries.set(queryId, query);
    this.#sampler ??= setInterval(() => void this.#sample(), this.sampleEveryMs).unref();
    return query;
  }

  remove(query: RunningQuery): void {
    query.settled = true;
    this.#queries.delete(query.queryId);
    if (this.#queries.size > 0) return;
    clearInterval(this.#sampler);
    this.#sampler = undefined;
  }

  /** Cancels the query; tried until it has settled, because it may not have reached the engine yet. */
  async kill(query: RunningQuery): Promise<void> {
    const where = [`Settings['log_comment'] = ${quoteString(query.comment)}`];
    // Split in two so that the KILL's own text does not match.
    if (query.fifo !== undefined) {
      const [head, tail] = [query.fifo.slice(0, -1), query.fifo.slice(-1)];
      where.push(`position(query, concat(${quoteString(head)}, ${quoteString(`${tail}'`)})) > 0`);
    }
    for (let waitMs = 20; !query.settled; waitMs = Math.min(500, waitMs * 2)) {
      const hit = await this.#run(`KILL QUERY WHERE ${where.join(' OR ')} ASYNC`);
      if (hit !== '') query.onKilled();
      await delay(waitMs);
    }
  }

  async killAll(): Promise<void> {
    await Promise.all([...this.#queries.values()].map((query) => this.kill(query)));
  }

  /** While a user's KILL runs: lets go of the output of whatever it hit. */
  async releaseKilled(): Promise<void> {
    const text = await this.#run(`SELECT ${queryIdExpression} FROM system.processes WHERE is_cancelled`);
    for (const queryId of text.split('\n')) this.#queries.get(queryId)?.onKilled();
  }

  /** Only statements that run for a while are looked at: a short one costs nothing. */
  async #sample(): Promise<void> {
    const now = performance.now();
    if (![...this.#queries.values()].some((query) => now - query.startedAtMs >= this.sampleEveryMs)) return;
    const text = await this.#run(
      `SELECT ${queryIdExpression}, read_rows, read_bytes, written_rows, written_bytes, total_rows_approx, ` +
        'greatest(memory_usage, 0) FROM system.processes',
    );
    for (const line of text.split('\n')) {
      const [queryId = '', ...cells] = line.split('\t');
      const query = this.#queries.get(queryId);
      if (query) query.progress = toProgress(cells.map(Number));
    }
  }

  /** One control statement after the other: the session runs one at a time. */
  #run(sql: string): Promise<string> {
    const next = this.#control.then(async () => {
      const { bytes } = await this.session.run(sql, 'TabSeparatedRaw');
      return Buffer.from(bytes).toString('utf8');
    });
    this.#control = next.catch(() => undefined);
    return next.catch(() => '');
  }
}

function toProgress(cells: readonly number[]): Progress {
  const [readRows = 0, readBytes = 0, writtenRows = 0, writtenBytes = 0, totalRowsToRead = 0, memory = 0] =
    cells;
  return { readRows, readBytes, writtenRows, writtenBytes, totalRowsToRead, memoryUsageBytes: memory };
}
