import { request } from 'node:http';
import {
  brotliCompressSync,
  brotliDecompressSync,
  deflateSync,
  gunzipSync,
  gzipSync,
  inflateSync,
} from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ClickHouseDaemon, eventually } from './support/clickhouse-daemon.js';

/** The wire: what curl, Grafana and other clients rely on. */
const daemon = new ClickHouseDaemon();

beforeAll(async () => {
  await daemon.start();
  await daemon.sql('CREATE TABLE t (id UInt32, name String) ENGINE = MergeTree ORDER BY id');
});
beforeEach(async () => {
  await daemon.sql('TRUNCATE TABLE t');
});
afterAll(() => daemon.remove());

const q = (sql: string): string => `?query=${encodeURIComponent(sql)}`;
const count = (): Promise<string> => daemon.sql('SELECT count() FROM t');

describe('paths', () => {
  test.each(['/', '/ping', '/replicas_status'])('%s says Ok. without a password', async (path) => {
    const response = await fetch(daemon.url + path);
    expect([response.status, await response.text()]).toEqual([200, 'Ok.\n']);
    expect((await fetch(daemon.url + path, { method: 'HEAD' })).status).toBe(200);
  });

  test('an unknown path is 404', async () => {
    expect((await daemon.get('nowhere')).status).toBe(404);
  });
});

describe('authentication', () => {
  const { password } = daemon;

  test.each([
    ['URL', `user=default&password=${encodeURIComponent(password)}`, {}],
    ['headers', '', daemon.auth],
    ['basic', '', { Authorization: `Basic ${Buffer.from(`default:${password}`).toString('base64')}` }],
  ])('by %s', async (_, search, headers) => {
    const response = await fetch(`${daemon.url}/${q('SELECT currentUser()')}&${search}`, { headers });
    expect([response.status, await response.text()]).toEqual([200, 'default\n']);
  });

  test.each([
    ['no password', '', {}],
    ['a wrong password', 'password=wrong', {}],
    ['another user', `user=root&password=${encodeURIComponent(password)}`, {}],
    ['two ways at once', 'user=default', daemon.auth],
  ])('%s is refused with 403 and code 516', async (_, search, headers) => {
    const response = await fetch(`${daemon.url}/${q('SELECT 1')}&${search}`, { headers });
    expect(response.status).toBe(403);
    expect(response.headers.get('x-clickhouse-exception-code')).toBe('516');
    expect(await response.text()).toMatch(
      /^Code: 516\. DB::Exception: .*\(AUTHENTICATION_FAILED\) \(version 2\d\./,
    );
  });
});

describe('query text and parameters', () => {
  test('the URL and the body make one text', async () => {
    expect(await (await daemon.post(q('SELECT'), '1 + 1')).text()).toBe('2\n');
  });

  test('default_format, database, param_* and settings come from the URL', async () => {
    const search = `${q("SELECT {a:UInt8} AS a, currentDatabase() AS db, getSetting('max_threads') AS n")}&param_a=7&database=system&default_format=JSONEachRow&max_threads=1`;
    const response = await daemon.get(search);
    expect(response.headers.get('x-clickhouse-format')).toBe('JSONEachRow');
    expect(await response.json()).toEqual({ a: 7, db: 'system', n: 1 });
  });

  test('a FORMAT in the query wins, and a column named format is no FORMAT', async () => {
    expect(await (await daemon.post('?default_format=CSV', 'SELECT 1 AS x FORMAT JSONEachRow')).text()).toBe(
      '{"x":1}\n',
    );
    expect(await daemon.sql('SELECT number AS format FROM numbers(2) ORDER BY format DESC')).toBe('1\n0');
    expect(await daemon.sql("SELECT 1 FORMAT CSV -- it's a comment\n;")).toBe('1');
    expect(
      await daemon.sql(
        'SELECT toUInt64(1) AS x FORMAT JSONEachRow SETTINGS output_format_json_quote_64bit_integers = 1',
      ),
    ).toBe('{"x":"1"}');
  });

  test('one statement only, none is too few, and no INTO OUTFILE', async () => {
    const codes = async (sql: string): Promise<[number, string | null]> => {
      const response = await daemon.post('', sql);
      await response.text();
      return [response.status, response.headers.get('x-clickhouse-exception-code')];
    };
    expect(await codes('SELECT 1; SELECT 2')).toEqual([400, '62']);
    expect(await codes('  -- nothing\n')).toEqual([400, '62']);
    expect(await codes("SELECT 1 INTO OUTFILE '/tmp/x'")).toEqual([500, '358']);
    expect(await codes("INSERT INTO t FROM INFILE '/etc/passwd' FORMAT CSV")).toEqual([404, '78']);
  });

  test.each([
    ['SELECT 1 FROM nowhere', 404, '60'],
    ['SELECT nothing', 404, '47'],
    ['SELECT nofunction(1)', 404, '46'],
    ['SELECT 1 FORMAT Nope', 404, '73'],
    ['USE nowhere', 404, '81'],
    ["SELECT toUInt8('x')", 400, '6'],
    ["SELECT 'unfinished", 400, '62'],
  ])('%s is %i with code %s', async (sql, status, code) => {
    const response = await daemon.post('', sql);
    expect([response.status, response.headers.get('x-clickhouse-exception-code')]).toEqual([status, code]);
    expect(await response.text()).toMatch(
      new RegExp(`^Code: ${code}\\. DB::Exception: .*\\(version .*\\)\\n$`, 's'),
    );
  });

  test('GET reads only', async () => {
    const response = await daemon.get(q('INSERT INTO t VALUES (1, 2)'));
    expect([response.status, response.headers.get('x-clickhouse-exception-code')]).toEqual([500, '164']);
    expect((await daemon.get(`${q('CREATE TABLE u (x UInt8) ENGINE = Memory')}&session_id=g`)).status).toBe(
      500,
    );
    expect(await (await daemon.get(q('SHOW TABLES'))).text()).toBe('t\n');
  });

  test('a URL that is too long is refused, and the daemon goes on', async () => {
    const response = await daemon.get(q(`SELECT '${'x'.repeat(2_000_000)}'`)).catch(() => undefined);
    expect(response === undefined || response.status === 431).toBe(true);
    expect(await (await daemon.get(q(`SELECT length('${'x'.repeat(200_000)}')`))).text()).toBe('200000\n');
  });

  test('external data is a table of the query', async () => {
    const form = new FormData();
    form.set('query', 'SELECT sum(x) FROM data');
    form.set('data_structure', 'x UInt8');
    form.set('data', new Blob(['1\n2\n3\n']), 'data.tsv');
    expect(await (await daemon.post('', form)).text()).toBe('6\n');
  });
});

describe('headers', () => {
  test('an answer tells id, format, time zone, host and figures', async () => {
    const response = await daemon.post('?query_id=q-1', 'SELECT number FROM numbers(10) FORMAT JSON');
    await response.text();
    expect(response.headers.get('x-clickhouse-query-id')).toBe('q-1');
    expect(response.headers.get('x-clickhouse-format')).toBe('JSON');
    expect(response.headers.get('content-type')).toBe('application/json; charset=UTF-8');
    expect(response.headers.get('x-clickhouse-timezone')).toBeTruthy();
    expect(response.headers.get('x-clickhouse-server-display-name')).toBeTruthy();
    const summary = JSON.parse(response.headers.get('x-clickhouse-summary') ?? '') as Record<string, string>;
    expect(summary).toMatchObject({ read_rows: '10', result_rows: '10' });
    expect(Number(summary.elapsed_ns)).toBeGreaterThan(0);
  });

  test('a long query’s summary tells what it read, when it waits for the end', async () => {
    const slow = 'SELECT sum(sleepEachRow(0.01)) FROM numbers(100) SETTINGS max_block_size = 10';
    const response = await daemon.post('?wait_end_of_query=1', slow);
    await response.text();
    const summary = JSON.parse(response.headers.get('x-clickhouse-summary') ?? '') as Record<string, string>;
    expect(Number(summary.read_rows)).toBeGreaterThan(0);
  });
});

describe('compression', () => {
  const text = Array.from({ length: 50_000 }, (_, id) => `${id}\tname ${id}\n`).join('');
  const insert = q('INSERT INTO t FORMAT TSV');

  test.each([
    ['gzip', gzipSync(text)],
    ['deflate', deflateSync(text)],
    ['br', brotliCompressSync(text)],
  ])('a body in %s is undone', async (encoding, body) => {
    expect((await daemon.post(insert, body, { 'Content-Encoding': encoding })).status).toBe(200);
    expect(await count()).toBe('50000');
  });

  test('the query itself may be compressed', async () => {
    const response = await daemon.post('', gzipSync('SELECT 1'), { 'Content-Encoding': 'gzip' });
    expect(await response.text()).toBe('1\n');
  });

  test('zstd, which Node 20 lacks, is undone by the engine', async () => {
    const zstd = Buffer.from(await (await daemon.post('', "SELECT 1, 'a' FORMAT TSV")).arrayBuffer());
    expect(zstd.toString()).toBe('1\ta\n');
    const frame = Buffer.from('28b52ffd0400210000310961', 'hex');
    const refused = await daemon.post('', frame, { 'Content-Encoding': 'zstd' });
    expect([refused.status, refused.headers.get('x-clickhouse-exception-code')]).toEqual([501, '48']);
    // A frame with one raw block of "1\ta\n" and no checksum.
    const raw = Buffer.concat([Buffer.from('28b52ffd2004210000', 'hex'), Buffer.from('1\ta\n')]);
    expect((await daemon.post(insert, raw, { 'Content-Encoding': 'zstd' })).status).toBe(200);
    expect(await count()).toBe('1');
  });

  test('a broken or unknown compression is an error', async () => {
    const broken = await daemon.post(insert, Buffer.from('no gzip'), { 'Content-Encoding': 'gzip' });
    expect(broken.headers.get('x-clickhouse-exception-code')).toBe('271');
    const unknown = await daemon.post(insert, Buffer.from('x'), { 'Content-Encoding': 'rot13' });
    expect([unknown.status, unknown.headers.get('x-clickhouse-exception-code')]).toEqual([501, '48']);
    expect(await count()).toBe('0');
  });

  test.each([
    ['gzip', gunzipSync],
    ['deflate', inflateSync],
    ['br', brotliDecompressSync],
  ] as const)('a response in %s, on request', async (encoding, undo) => {
    const body = await rawBody('?enable_http_compression=1', 'SELECT number FROM numbers(200000)', encoding);
    expect(body.encoding).toBe(encoding);
    expect(undo(body.bytes).toString().split('\n')).toHaveLength(200_001);
  });

  test('an error in the middle of a compressed response is marked, and the response cut', async () => {
    const sql = 'SELECT number, throwIf(number = 3000000) FROM numbers(5000000)';
    const body = await daemon.post('?enable_http_compression=1&max_block_size=1000', sql, {
      'Accept-Encoding': 'gzip',
    });
    expect(body.status).toBe(200);
    await expect(body.text()).rejects.toThrow();
  });

  test('a large result that waits for its end is whole', async () => {
    const response = await daemon.post('?wait_end_of_query=1', 'SELECT number FROM numbers(2000000)');
    expect(response.headers.get('x-clickhouse-summary')).toContain('"result_rows":"2000000"');
    expect((await response.text()).split('\n')).toHaveLength(2_000_001);
  });

  test('without enable_http_compression nothing is compressed', async () => {
    expect((await rawBody('', 'SELECT 1', 'gzip')).encoding).toBeUndefined();
  });

  test('what compress=1 sends, decompress=1 takes', async () => {
    const response = await daemon.post('?compress=1', 'SELECT number, toString(number) FROM numbers(100000)');
    const blocks = Buffer.from(await response.arrayBuffer());
    expect((await daemon.post(`${insert}&decompress=1`, blocks)).status).toBe(200);
    expect(await daemon.sql('SELECT count(), sum(id) FROM t')).toBe('100000\t4999950000');
    blocks[100] = (blocks[100] ?? 0) ^ 1;
    const corrupt = await daemon.post(`${insert}&decompress=1`, blocks);
    expect(corrupt.headers.get('x-clickhouse-exception-code')).toBe('40');
  });
});

describe('inserts', () => {
  test.each([
    ['query in the URL, data in the body', q('INSERT INTO t FORMAT CSV'), '1,a\n2,b\n'],
    ['both in the body', '', 'INSERT INTO t FORMAT CSV\n1,a\n2,b\n'],
    ['VALUES in the body', '', "INSERT INTO t VALUES (1, 'a'), (1 + 1, concat('b', 'c'));"],
    ['VALUES begun in the URL', q('INSERT INTO t VALUES'), "(1, 'a'), (2, 'b')"],
    [
      'columns and settings',
      q('INSERT INTO t (id, name) SETTINGS max_insert_threads = 1 FORMAT JSONEachRow'),
      '{"id":1}{"id":2}',
    ],
    ['input()', q("INSERT INTO t SELECT x, 'n' FROM input('x UInt32') FORMAT TSV"), '1\n2\n'],
    ['a function', q("INSERT INTO FUNCTION null('id UInt32') FORMAT CSV"), '1\n'],
  ])('%s', async (name, search, body) => {
    const response = await daemon.post(search, body);
    expect([response.status, await response.text()]).toEqual([200, '']);
    if (name !== 'a function') expect(await count()).toBe('2');
  });

  test.each([
    'Native',
    'RowBinary',
    'Parquet',
    'ORC',
    'Avro',
    'ArrowStream',
    'MsgPack',
    'JSON',
    'JSONColumns',
    'TSKV',
  ])('%s as it was read', async (format) => {
    const select = `SELECT toUInt32(number) AS id, toString(number) AS name FROM numbers(100000) FORMAT ${format}`;
    const data = Buffer.from(await (await daemon.post('', select)).arrayBuffer());
    const response = await daemon.post(q(`INSERT INTO t FORMAT ${format}`), data);
    expect([response.status, await response.text()]).toEqual([200, '']);
    expect(await daemon.sql('SELECT count(), sum(id), uniqExact(name) FROM t')).toBe(
      '100000\t4999950000\t100000',
    );
    const inBody = Buffer.concat([Buffer.from(`INSERT INTO t FORMAT ${format}\n`), data]);
    expect((await daemon.post('', inBody)).status).toBe(200);
    expect(await count()).toBe('200000');
  });

  test('an INSERT cut off by the client is undone', async () => {
    const sent = request(`${daemon.url}/${q('INSERT INTO t FORMAT TSV')}`, {
      method: 'POST',
      headers: { ...daemon.auth },
    });
    sent.on('error', () => undefined);
    sent.write('1\ta\n'.repeat(1000));
    await new Promise((resolve) => setTimeout(resolve, 300));
    sent.destroy();
    await eventually(
      async () =>
        (await daemon.sql("SELECT count() FROM system.processes WHERE query LIKE 'INSERT%'")) === '0',
    );
    expect(await count()).toBe('0');
  });
});

/** The bytes of a body as they came, which fetch would decompress. */
function rawBody(
  search: string,
  sql: string,
  accept: string,
): Promise<{ bytes: Buffer; encoding: string | undefined }> {
  return new Promise((resolve, reject) => {
    const headers = { ...daemon.auth, 'Accept-Encoding': accept };
    const sent = request(`${daemon.url}/${search}`, { method: 'POST', headers }, (response) => {
      response.toArray().then((chunks: Buffer[]) => {
        resolve({ bytes: Buffer.concat(chunks), encoding: response.headers['content-encoding'] });
      }, reject);
    });
    sent.on('error', reject);
    // Not as a string: Node would encode the headers as it encodes the body.
    sent.end(Buffer.from(sql));
  });
}
