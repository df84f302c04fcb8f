import type { Session } from 'chdb';
import { toClickHouseException } from './errors.js';
import { nativeAddon } from './native-addon.js';

/** Figures of a finished statement, as far as chdb gives them. */
export interface StatementResult {
  readonly bytes: Uint8Array;
  /** Rows and bytes that left the statement: of the result, or, with INFILE, of the data that was put in. */
  readonly rows: number;
  readonly sizeBytes: number;
}

/** One connection to the engine: its own settings, parameters, current database and temporary tables. */
export interface EngineSession {
  run(sql: string, format?: string): Promise<StatementResult>;
  /** Runs INSERT … SELECT; the figures are of what was written, materialized views included. */
  write(sql: string): Promise<Pick<StatementResult, 'rows' | 'sizeBytes'>>;
  close(): void;
}

export interface Engine {
  readonly version: string;
  readonly timezone: string;
  /** Opens in under a millisecond once the engine runs; `settings` hold from the first statement on. */
  open(settings?: Readonly<Record<string, string>>): EngineSession;
  /** Stops background work and flushes; the engine is gone afterwards. Synchronous in chdb: about 0.6 s with Kafka tables. */
  close(): void;
}

/**
 * chdb runs as clickhouse-local does; these settings bring its sessions back to what a server's session has.
 */
const serverLike = {
  implicit_select: '0',
  allow_introspection_functions: '0',
};

/** A small machine's engine: caches of megabytes, few background threads. */
function serverSettings(maxMemoryBytes: number): Record<string, string> {
  const megabytes = (count: number): string => String(count * 1024 ** 2);
  return {
    max_server_memory_usage: String(maxMemoryBytes),
    mark_cache_size: megabytes(32),
    uncompressed_cache_size: '0',
    index_mark_cache_size: megabytes(8),
    index_uncompressed_cache_size: '0',
    primary_index_cache_size: megabytes(16),
    mmap_cache_size: '0',
    query_condition_cache_size: megabytes(4),
    compiled_expression_cache_size: megabytes(16),
    background_pool_size: '2',
    background_merges_mutations_concurrency_ratio: '2',
    background_schedule_pool_size: '8',
    background_message_broker_schedule_pool_size: '8',
    background_common_pool_size: '2',
    background_move_pool_size: '1',
    background_fetches_pool_size: '1',
    background_buffer_flush_schedule_pool_size: '1',
    background_distributed_schedule_pool_size: '1',
    tables_loader_foreground_pool_size: '2',
    tables_loader_background_pool_size: '2',
    max_thread_pool_free_size: '16',
    // How far behind each queue is, in system.kafka_consumers.rdkafka_stat; without this it stays empty, whatever
    // ClickHouse's documentation says of a default.
    'kafka.statistics_interval_ms': '3000',
  };
}

/**
 * Loads chdb and opens its data directory.
 * @param path the engine's own directory; one process at a time may have it open
 */
export async function startEngine(path: string, maxMemoryBytes: number): Promise<Engine> {
  const { Session } = await loadChdb();
  const perQuery = {
    max_memory_usage: String(Math.floor(maxMemoryBytes * 0.8)),
    // Smaller blocks than a server's: an INSERT holds a few of them at once.
    min_insert_block_size_bytes: String(32 * 1024 ** 2),
    min_insert_block_size_rows: '262144',
    max_insert_block_size: '262144',
  };
  const open = (settings: Readonly<Record<string, string>>): Session =>
    new Session(path, {
      connectionArgs: Object.entries({ ...serverLike, ...perQuery, ...settings }).map(
        ([name, value]) => `--${name}=${value}`,
      ),
    });
  const sessions = new Set<Session>();
  // The engine lives as long as any session: this one keeps it up.
  const facts = wrap(open(serverSettings(maxMemoryBytes)), sessions);
  const text = async (sql: string): Promise<string> =>
    Buffer.from((await facts.run(sql, 'TabSeparated')).bytes)
      .toString('utf8')
      .trim();
  return {
    version: await text('SELECT version()'),
    timezone: await text('SELECT timezone()'),
    open: (settings = {}) => wrap(open(settings), sessions),
    close: () => {
      for (const session of sessions) closeNow(session);
      sessions.clear();
    },
  };
}

async function loadChdb(): Promise<{ Session: typeof Session }> {
  try {
    return await import('chdb');
  } catch (cause) {
    throw new Error(
      'chdb, the embedded ClickHouse engine, could not be loaded. It is an optional dependency with builds for Linux (glibc) and macOS: run `npm install chdb`, or use the docker runtime.',
      { cause },
    );
  }
}

/**
 * Closes a session on which nothing runs. `Session.close()` would wait for every operation of the whole process: one
 * slow reader, and the sessions of all later queries (a quarter of a megabyte each) would pile up behind it.
 */
function closeNow(session: Session): void {
  const native = nativeAddon();
  if (native && session.connection !== null) {
    native.CloseConnection(session.connection);
    session.connection = null;
  }
  session.close();
}

function wrap(session: Session, sessions: Set<Session>): EngineSession {
  sessions.add(session);
  return {
    async run(sql, format = 'TabSeparated') {
      try {
        const result = await session.queryAsync(sql, { format });
        return { bytes: result.bytes(), rows: result.rowsRead, sizeBytes: result.bytesRead };
      } catch (error) {
        throw toClickHouseException(error);
      }
    },
    async write(sql) {
      const native = nativeAddon();
      if (!native) return { ...(await this.run(sql)), rows: 0, sizeBytes: 0 };
      try {
        const written = await native.InsertRawAsyncConnection(
          session.connection,
          sql,
          Buffer.from('\n'),
          false,
        );
        return { rows: written.rowsWritten, sizeBytes: written.bytesWritten };
      } catch (error) {
        throw toClickHouseException(error);
      }
    },
    close: () => {
      sessions.delete(session);
      closeNow(session);
    },
  };
}

/** A string literal of ClickHouse's SQL. */
export function quoteString(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

/** A quoted name of ClickHouse's SQL. */
export function quoteName(name: string): string {
  return `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``;
}
