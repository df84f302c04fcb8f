import { Readable } from 'node:stream';
import { ClickHouseError, type ClickHouseClient } from '@clickhouse/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ClickHouseDaemon } from './support/clickhouse-daemon.js';

/** `@clickhouse/client`, unchanged, writing to the local ClickHouse, and its sessions. */
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

describe('insert', () => {
  const objects = [
    { id: 1, name: 'a' },
    { id: 2, name: "b'\t\n" },
  ];

  test.each([
    ['JSONEachRow', objects],
    ['JSONStringsEachRow', objects.map(({ id, name }) => ({ id: String(id), name }))],
    ['JSONCompactEachRow', objects.map(({ id, name }) => [id, name])],
    ['JSONCompactEachRowWithNames', [['id', 'name'], ...objects.map(({ id, name }) => [id, name])]],
    [
      'JSONCompactEachRowWithNamesAndTypes',
      [['id', 'name'], ['UInt32', 'String'], ...objects.map(({ id, name }) => [id, name])],
    ],
  ] as const)('%s from an array and from a stream', async (format, values) => {
    const table = await makeTable('inserted');
    const result = await client.insert({
      table,
      values: [...values] as unknown[],
      format: format,
    });
    expect(result.executed).toBe(true);
    expect(result.summary).toMatchObject({ written_rows: '2' });
    await client.insert({
      table,
      values: Readable.from(values, { objectMode: true }),
      format: format,
    });
    expect(await rowsOf(`SELECT * FROM ${table} ORDER BY id LIMIT 1 BY id`)).toEqual(objects);
    expect(await rowsOf(`SELECT count() AS c FROM ${table}`)).toEqual([{ c: 4 }]);
  });

  test.each([
    ['CSV', '1,"a"\n2,"b"\n'],
    ['CSVWithNames', 'id,name\n1,"a"\n2,"b"\n'],
    ['TabSeparated', '1\ta\n2\tb\n'],
    ['TabSeparatedWithNamesAndTypes', 'id\tname\nUInt32\tString\n1\ta\n2\tb\n'],
  ] as const)('%s from a raw stream', async (format, text) => {
    const table = await makeTable('raw');
    await client.insert({ table, values: Readable.from([Buffer.from(text)], { objectMode: false }), format });
    expect(await rowsOf(`SELECT * FROM ${table} ORDER BY id`)).toEqual([
      { id: 1, name: 'a' },
      { id: 2, name: 'b' },
    ]);
  });

  test('named and excepted columns, and no rows at all', async () => {
    const table = await makeTable('columns', "id UInt32, name String DEFAULT 'none'");
    await client.insert({ table, values: [{ id: 1 }], columns: ['id'], format: 'JSONEachRow' });
    await client.insert({ table, values: [{ id: 2 }], columns: { except: ['name'] }, format: 'JSONEachRow' });
    await client.insert({ table, values: [], format: 'JSONEachRow' });
    await client.insert({ table, values: Readable.from([], { objectMode: true }), format: 'JSONEachRow' });
    expect(await rowsOf(`SELECT * FROM ${table} ORDER BY id`)).toEqual([
      { id: 1, name: 'none' },
      { id: 2, name: 'none' },
    ]);
  });

  test('a compressed request is the same', async () => {
    const table = await makeTable('compressed');
    const compressed = daemon.client({ compression: { request: true } });
    const values = Array.from({ length: 50_000 }, (_, id) => ({ id, name: `name ${id}` }));
    await compressed.insert({ table, values, format: 'JSONEachRow' });
    expect(await rowsOf(`SELECT count() AS c FROM ${table}`)).toEqual([{ c: 50_000 }]);
    await compressed.close();
  });

  test('a bad row is an error, and the next insert works', async () => {
    const table = await makeTable('bad');
    const bad = client.insert({ table, values: [{ id: 'no number' }], format: 'JSONEachRow' });
    expect((await errorOf(bad)).code).toMatch(/^(6|27|72|117)$/);
    const nowhere = client.insert({ table: 'nowhere', values: objects, format: 'JSONEachRow' });
    expect(await errorOf(nowhere)).toMatchObject({ type: 'UNKNOWN_TABLE' });
    await client.insert({ table, values: objects, format: 'JSONEachRow' });
    expect(await rowsOf(`SELECT count() AS c FROM ${table}`)).toEqual([{ c: 2 }]);
  });
});

describe('command and exec', () => {
  test('command runs DDL and INSERT … SELECT', async () => {
    const table = await makeTable('commanded');
    const result = await client.command({
      query: `INSERT INTO ${table} SELECT number, 'x' FROM numbers(10)`,
    });
    expect(result.summary).toMatchObject({ written_rows: '10' });
    expect(await rowsOf(`SELECT count() AS c FROM ${table}`)).toEqual([{ c: 10 }]);
    await client.command({ query: `DROP TABLE ${table}` });
    expect(await errorOf(client.command({ query: `DROP TABLE ${table}` }))).toMatchObject({
      type: 'UNKNOWN_TABLE',
    });
  });

  test('exec gives the stream as it is', async () => {
    const { stream } = await client.exec({ query: 'SELECT 1, 2 FORMAT CSV' });
    expect(Buffer.concat(await stream.toArray()).toString()).toBe('1,2\n');
  });

  test('exec sends values along', async () => {
    const table = await makeTable('executed');
    await client.exec({
      query: `INSERT INTO ${table} FORMAT CSV`,
      values: Readable.from([Buffer.from('7,"seven"\n')], { objectMode: false }),
    });
    expect(await rowsOf(`SELECT * FROM ${table}`)).toEqual([{ id: 7, name: 'seven' }]);
  });
});

describe('sessions', () => {
  test('temporary tables and settings stay in their session', async () => {
    const session = daemon.client({ session_id: 'one' });
    await session.command({ query: 'CREATE TEMPORARY TABLE mine (x UInt8)' });
    await session.command({ query: 'SET max_block_size = 123' });
    await session.insert({ table: 'mine', values: [{ x: 5 }], format: 'JSONEachRow' });
    const result = await session.query({
      query: "SELECT x, getSetting('max_block_size') AS size FROM mine",
      format: 'JSONEachRow',
      clickhouse_settings: { max_threads: 1 },
    });
    expect(await result.json()).toEqual([{ x: 5, size: 123 }]);
    const left = await session.query({
      query: "SELECT name FROM system.settings WHERE changed AND name IN ('max_threads', 'max_block_size')",
      format: 'JSONEachRow',
    });
    expect(await left.json()).toEqual([{ name: 'max_block_size' }]);
    expect(await errorOf(client.query({ query: 'SELECT * FROM mine' }))).toMatchObject({
      type: 'UNKNOWN_TABLE',
    });
    await session.close();
  });

  test('a session takes one query at a time', async () => {
    const options = { session_id: 'busy', format: 'JSONEachRow' } as const;
    const slow = client.query({ query: 'SELECT sleep(1)', ...options });
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await errorOf(client.query({ query: 'SELECT 1', ...options }))).toMatchObject({
      type: 'SESSION_IS_LOCKED',
    });
    await (await slow).text();
    expect(await (await client.query({ query: 'SELECT 1 AS x', ...options })).json()).toEqual([{ x: 1 }]);
  });
});
