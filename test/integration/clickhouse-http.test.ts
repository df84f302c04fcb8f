import { Readable } from 'node:stream';
import { ClickHouseError, type ClickHouseClient } from '@clickhouse/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ClickHouseDaemon, eventually } from './support/clickhouse-daemon.js';

/** `@clickhouse/client`, unchanged, against the local ClickHouse. */
const daemon = new ClickHouseDaemon();
let client: ClickHouseClient;

beforeAll(async () => {
  await daemon.start();
  client = daemon.client();
});
afterAll(async () => {
  await client.close();
  await daemon.remove();
});

async function makeTable(name: string, columns = 'id UInt32, name String'): Promise<string> {
  await client.command({
    query: `CREATE OR REPLACE TABLE ${name} (${columns}) ENGINE = MergeTree ORDER BY id`,
  });
  return name;
}

async function rowsOf(query: string): Promise<unknown[]> {
  return (await client.query({ query, format: 'JSONEachRow' })).json();
}

async function errorOf(promise: Promise<unknown>): Promise<ClickHouseError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ClickHouseError)) throw new Error(`no ClickHouseError: ${String(error)}`);
  return error;
}

describe('ping', () => {
  test('answers, with and without a query', async () => {
    expect(await client.ping()).toMatchObject({ success: true });
    expect(await client.ping({ select: true })).toMatchObject({ success: true });
  });

  test('fails with a wrong password when it selects', async () => {
    const stranger = daemon.client({ password: 'wrong' });
    const result = await stranger.ping({ select: true });
    expect(result).toMatchObject({ success: false, error: { type: 'AUTHENTICATION_FAILED' } });
    await stranger.close();
  });

  test('is not held up by slow queries', async () => {
    const slow = Array.from({ length: 6 }, () =>
      client.query({ query: 'SELECT sleepEachRow(0.5) FROM numbers(3)', format: 'JSONEachRow' }),
    );
    const before = performance.now();
    expect(await client.ping()).toMatchObject({ success: true });
    expect(performance.now() - before).toBeLessThan(1000);
    await Promise.all(slow.map(async (result) => (await result).text()));
  });
});

describe('query', () => {
  const query = 'SELECT number AS n, toString(number) AS s FROM numbers(3)';

  test.each(['JSON', 'JSONStrings', 'JSONCompact', 'JSONCompactStrings', 'JSONColumnsWithMetadata'] as const)(
    '%s is one object with data and statistics',
    async (format) => {
      const result = await client.query({ query, format });
      expect(result.response_headers['x-clickhouse-format']).toBe(format);
      expect(await result.json()).toMatchObject({ rows: 3, statistics: { rows_read: 3 } });
    },
  );

  test.each([
    'JSONEachRow',
    'JSONStringsEachRow',
    'JSONCompactEachRow',
    'JSONCompactStringsEachRow',
    'JSONCompactEachRowWithNames',
    'JSONCompactEachRowWithNamesAndTypes',
  ] as const)('%s streams its rows', async (format) => {
    const result = await client.query({ query, format });
    const rows: unknown[] = [];
    for await (const chunk of result.stream()) rows.push(...chunk.map((row) => row.json()));
    expect(rows).toHaveLength(3 + (/Names$/.exec(format) ? 1 : 0) + (/Types$/.exec(format) ? 2 : 0));
  });

  test.each([
    ['CSV', '0,"0"\n1,"1"\n2,"2"\n'],
    ['CSVWithNames', '"n","s"\n0,"0"\n1,"1"\n2,"2"\n'],
    ['TabSeparated', '0\t0\n1\t1\n2\t2\n'],
    ['TabSeparatedWithNamesAndTypes', 'n\ts\nUInt64\tString\n0\t0\n1\t1\n2\t2\n'],
    ['CustomSeparated', '0\t0\n1\t1\n2\t2\n'],
  ] as const)('%s is text', async (format, text) => {
    expect(await (await client.query({ query, format })).text()).toBe(text);
  });

  test('one header and one footer stand around a result of many blocks', async () => {
    const many = 'SELECT number AS n FROM numbers(300000)';
    const csv = await (await client.query({ query: many, format: 'CSVWithNames' })).text();
    expect(csv.split('\n')).toHaveLength(300_002);
    expect(csv.match(/"n"/g)).toHaveLength(1);
    const json = await (await client.query({ query: many, format: 'JSON' })).json<{ n: string }>();
    expect(json.rows).toBe(300_000);
  });

  test('a Parquet result read back is the same', async () => {
    const table = await makeTable('from_parquet');
    const parquet = await client.exec({
      query: 'SELECT number::UInt32 AS id, toString(number) AS name FROM numbers(200000) FORMAT Parquet',
    });
    await client.insert({ table, values: parquet.stream, format: 'Parquet' });
    expect(await rowsOf(`SELECT count() AS c, sum(id) AS s FROM ${table}`)).toEqual([
      { c: 200_000, s: 19_999_900_000 },
    ]);
  });

  test('parameters are bound by the engine, in the URL and in a form', async () => {
    const query_params = {
      text: `it's\ta "test"\n\\ with ünicode`,
      list: [1, 2, 3],
      map: { a: 1 },
      when: new Date('2026-01-02T03:04:05Z'),
      none: null,
      table: 'numbers',
    };
    const parametrized =
      'SELECT {text:String} AS text, {list:Array(UInt8)} AS list, {map:Map(String, UInt8)} AS map, ' +
      "toUnixTimestamp({when:DateTime('UTC')}) AS seconds, {none:Nullable(String)} AS none";
    for (const use_multipart_params of [false, true]) {
      const result = await client.query({
        query: parametrized,
        query_params,
        use_multipart_params,
        format: 'JSONEachRow',
      });
      expect(await result.json()).toEqual([
        { text: query_params.text, list: [1, 2, 3], map: { a: 1 }, seconds: 1767323045, none: null },
      ]);
    }
  });

  test('settings hold for the query, and an unknown one is refused', async () => {
    const quoted = await client.query({
      query: 'SELECT toUInt64(1) AS n',
      format: 'JSONEachRow',
      clickhouse_settings: { output_format_json_quote_64bit_integers: 1 },
    });
    expect(await quoted.json()).toEqual([{ n: '1' }]);
    const unknown = client.query({ query: 'SELECT 1', clickhouse_settings: { no_such: 1 } });
    expect(await errorOf(unknown)).toMatchObject({ code: '115', type: 'UNKNOWN_SETTING' });
  });

  test('an error has its code, type and message', async () => {
    expect(await errorOf(client.query({ query: 'selec 1' }))).toMatchObject({
      code: '62',
      type: 'SYNTAX_ERROR',
    });
    const unknown = await errorOf(client.query({ query: 'SELECT * FROM nowhere', format: 'JSONEachRow' }));
    expect(unknown).toMatchObject({ code: '60', type: 'UNKNOWN_TABLE' });
    expect(unknown.message).not.toContain('OUTFILE');
  });

  test('an error in the middle of a stream reaches the reader', async () => {
    const result = await client.query({
      query: 'SELECT number, throwIf(number = 3000000) FROM numbers(5000000) SETTINGS max_block_size = 10000',
      format: 'JSONEachRow',
    });
    const read = async (): Promise<number> => {
      let rows = 0;
      for await (const chunk of result.stream()) rows += chunk.length;
      return rows;
    };
    expect(await errorOf(read())).toMatchObject({ code: '395' });
  });

  test('with wait_end_of_query the same error is the answer', async () => {
    const failing = client.query({
      query: 'SELECT number, throwIf(number = 3000000) FROM numbers(5000000)',
      format: 'JSONEachRow',
      clickhouse_settings: { wait_end_of_query: 1 },
    });
    expect(await errorOf(failing)).toMatchObject({ code: '395' });
  });

  test('a query that takes too long is stopped by max_execution_time', async () => {
    const slow = client.query({
      query: 'SELECT sleepEachRow(0.1) FROM numbers(100) SETTINGS max_block_size = 1',
      clickhouse_settings: { max_execution_time: 1 },
    });
    expect(await errorOf(slow.then((result) => result.text()))).toMatchObject({ type: 'TIMEOUT_EXCEEDED' });
  });

  test('a compressed response is the same', async () => {
    const compressed = daemon.client({ compression: { response: true } });
    const result = await compressed.query({
      query: 'SELECT number FROM numbers(100000)',
      format: 'JSONEachRow',
    });
    expect(result.response_headers['content-encoding']).toBe('gzip');
    expect(await result.json()).toHaveLength(100_000);
    const error = errorOf(compressed.query({ query: 'SELECT nothing' }));
    expect(await error).toMatchObject({ type: 'UNKNOWN_IDENTIFIER' });
    await compressed.close();
  });
});

describe('query ids and cancelling', () => {
  const endless = 'SELECT number FROM system.numbers';
  const running = async (comment: string): Promise<boolean> =>
    (await daemon.sql(
      `SELECT count() FROM system.processes WHERE Settings['log_comment'] LIKE '%${comment}%'`,
    )) !== '0';

  test('the id is the client’s, in the answer too', async () => {
    const result = await client.query({ query: 'SELECT 1', query_id: 'mine-1' });
    expect(result.query_id).toBe('mine-1');
    expect(result.response_headers['x-clickhouse-query-id']).toBe('mine-1');
    await result.text();
  });

  test('an id that runs already is refused', async () => {
    const slow = client.query({ query: 'SELECT sleep(1)', query_id: 'twice' });
    await new Promise((resolve) => setTimeout(resolve, 200));
    const again = await errorOf(client.query({ query: 'SELECT 1', query_id: 'twice' }));
    expect(again.type).toBe('QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING');
    await (await slow).text();
  });

  test('an aborted query ends in the engine', async () => {
    const controller = new AbortController();
    const result = await client.query({
      query: endless,
      query_id: 'abort-1',
      format: 'JSONEachRow',
      abort_signal: controller.signal,
    });
    expect(await running('abort-1')).toBe(true);
    controller.abort();
    result.close();
    await eventually(async () => !(await running('abort-1')));
  });

  test('KILL QUERY knows the client’s id, even when nobody reads the result', async () => {
    const result = await client.query({ query: endless, query_id: 'kill-1', format: 'JSONEachRow' });
    await client.command({ query: "KILL QUERY WHERE query_id = 'kill-1' SYNC" });
    await eventually(async () => !(await running('kill-1')));
    const read = async (): Promise<void> => {
      for await (const rows of result.stream()) expect(rows.length).toBeGreaterThan(0);
    };
    expect(await errorOf(read())).toMatchObject({ type: 'QUERY_WAS_CANCELLED' });
  });

  test('an aborted insert does not leave the rest it has sent', async () => {
    const table = await makeTable('aborted');
    const controller = new AbortController();
    async function* values(): AsyncGenerator<{ id: number; name: string }> {
      for (let id = 0; id < 1000; id += 1) yield { id, name: 'x' };
      await new Promise((resolve) => setTimeout(resolve, 300));
      controller.abort();
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    const insert = client.insert({
      table,
      values: Readable.from(values(), { objectMode: true }),
      format: 'JSONEachRow',
      query_id: 'abort-2',
      abort_signal: controller.signal,
    });
    await expect(insert).rejects.toThrow();
    await eventually(async () => !(await running('abort-2')));
    expect(await rowsOf(`SELECT count() AS c FROM ${table}`)).toEqual([{ c: 0 }]);
  });
});
