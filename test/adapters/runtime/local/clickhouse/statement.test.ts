import { describe, expect, test } from 'vitest';
import { readStatement } from '../../../../../src/adapters/runtime/local/clickhouse/statement.js';

const rows = (sql: string): { format: string; sql: string } => {
  const statement = readStatement(sql, 'TabSeparated');
  if (statement.kind !== 'rows') throw new Error(`${statement.kind}: ${sql}`);
  return { format: statement.format, sql: statement.sql('/f') };
};

describe('a trailing FORMAT', () => {
  test.each([
    ['SELECT 1 FORMAT JSON', 'JSON'],
    ['SELECT 1 format json ;; ', 'json'],
    ['SELECT * FROM t FORMAT CSV SETTINGS max_threads = 1', 'CSV'],
    ['SELECT * FROM t -- FORMAT XML\n FORMAT CSV', 'CSV'],
    ["SELECT 'FORMAT XML' FORMAT CSV", 'CSV'],
    ['SELECT a[1] FORMAT CSV', 'CSV'],
    ['(SELECT 1) UNION ALL (SELECT 2) FORMAT CSV', 'CSV'],
    ['WITH 1 AS x SELECT x FORMAT CSV', 'CSV'],
    ['SELECT a, count() FROM t GROUP BY ALL FORMAT CSV', 'CSV'],
    ['SELECT a FROM t ORDER BY ALL FORMAT CSV', 'CSV'],
  ])('%s', (sql, format) => {
    expect(rows(sql).format).toBe(format);
  });

  test.each([
    'SELECT 1',
    'SELECT 1 AS format',
    'SELECT number AS format FROM numbers(2) ORDER BY format DESC',
    'SELECT a, format b FROM t',
    'SELECT * FROM format f',
    'SELECT * FROM (SELECT 1 FORMAT JSON)',
    'SELECT `FORMAT` x FROM t',
    "SELECT 'it''s FORMAT JSON'",
    'SELECT $$ FORMAT JSON $$',
    'SELECT 1 /* FORMAT JSON */',
  ])('is not in: %s', (sql) => {
    expect(rows(sql).format).toBe('TabSeparated');
  });
});

describe('the clause put into a SELECT', () => {
  test('stands before FORMAT and keeps what follows it', () => {
    expect(rows('SELECT 1 FORMAT CSV SETTINGS max_threads = 1;').sql).toBe(
      "SELECT 1 \n INTO OUTFILE '/f' TRUNCATE FORMAT CSV SETTINGS max_threads = 1",
    );
  });

  test('is not swallowed by a comment at the end', () => {
    expect(rows("SELECT 1 -- it's all").sql).toBe(
      "SELECT 1\n INTO OUTFILE '/f' TRUNCATE FORMAT TabSeparated",
    );
  });
});

describe('kinds', () => {
  test.each([
    ['', 'empty'],
    [' ; -- nothing', 'empty'],
    ["KILL QUERY WHERE query_id = 'x'", 'kill'],
    ['SHOW TABLES', 'other'],
    ['EXPLAIN SELECT 1', 'other'],
    ['INSERT INTO t SELECT 1', 'other'],
    ['WITH x AS (SELECT 1) INSERT INTO t SELECT * FROM x', 'other'],
    ["SELECT 'never ends", 'other'],
    ['SELECT 1 /* never ends', 'other'],
    ['from t select a', 'rows'],
  ])('%s is %s', (sql, kind) => {
    expect(readStatement(sql, 'TabSeparated').kind).toBe(kind);
  });

  test('several statements and INTO OUTFILE are refused', () => {
    expect(() => readStatement('SELECT 1; SELECT 2', 'CSV')).toThrow(/Multi-statements are not allowed/);
    expect(() => readStatement("SELECT ';'; ;", 'CSV')).not.toThrow();
    expect(() => readStatement("SELECT 1 INTO OUTFILE 'x'", 'CSV')).toThrow(/INTO_OUTFILE_NOT_ALLOWED/);
    expect(() => readStatement("SELECT 'INTO OUTFILE'", 'CSV')).not.toThrow();
  });
});
