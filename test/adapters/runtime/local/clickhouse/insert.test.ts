import { describe, expect, test } from 'vitest';
import { readInsertHead } from '../../../../../src/adapters/runtime/local/clickhouse/insert.js';

const read = (text: string, complete = true): { sql: string; data: string; format: string } => {
  const latin1 = Buffer.from(text).toString('latin1');
  const head = readInsertHead(latin1, complete);
  if (head.kind !== 'data') throw new Error(`${head.kind}: ${text}`);
  const data = Buffer.from(latin1.slice(head.dataStart), 'latin1').toString();
  return { sql: head.sql('/f', 'none').replaceAll(/\s+/g, ' '), data, format: head.format };
};

describe('the head of an INSERT with data', () => {
  test.each([
    [
      'INSERT INTO t FORMAT CSV\n1,2\n',
      "INSERT INTO t FROM INFILE '/f' COMPRESSION 'none' FORMAT CSV",
      '1,2\n',
    ],
    [
      'insert into d.t (a, b) format CSV 1,2',
      "insert into d.t (a, b) FROM INFILE '/f' COMPRESSION 'none' FORMAT CSV",
      '1,2',
    ],
    [
      "INSERT INTO t VALUES (1, 'x')",
      "INSERT INTO t FROM INFILE '/f' COMPRESSION 'none' FORMAT Values",
      " (1, 'x')",
    ],
    [
      'INSERT INTO t (a) SETTINGS async_insert = 1, x = 2 FORMAT CSV\n1',
      "INSERT INTO t (a) FROM INFILE '/f' COMPRESSION 'none' SETTINGS async_insert = 1, x = 2 FORMAT CSV",
      '1',
    ],
    [
      'INSERT INTO `für` FORMAT TSV\nü',
      "INSERT INTO `für` FROM INFILE '/f' COMPRESSION 'none' FORMAT TSV",
      'ü',
    ],
    [
      'INSERT INTO settings FORMAT TSV\n1',
      "INSERT INTO settings FROM INFILE '/f' COMPRESSION 'none' FORMAT TSV",
      '1',
    ],
    [
      "INSERT INTO FUNCTION null('a Int8') VALUES (1)",
      "INSERT INTO FUNCTION null('a Int8') FROM INFILE '/f' COMPRESSION 'none' FORMAT Values",
      ' (1)',
    ],
    [
      "INSERT INTO t -- it's\n FORMAT CSV\n1",
      "INSERT INTO t -- it's FROM INFILE '/f' COMPRESSION 'none' FORMAT CSV",
      '1',
    ],
  ])('%s', (text, sql, data) => {
    expect(read(text)).toMatchObject({ sql, data });
  });

  test('input() becomes the file itself', () => {
    expect(read("INSERT INTO t SELECT a + 1 FROM input('a Int8') WHERE a > 1 FORMAT TSV\n1").sql.trim()).toBe(
      "INSERT INTO t SELECT a + 1 FROM file('/f', 'TSV', 'a Int8', 'none') WHERE a > 1",
    );
  });

  test('data may be anything, quotes and zeros too', () => {
    const data = '\'unclosed \0 "';
    expect(read(`INSERT INTO t FORMAT RowBinary\n${data}`).data).toBe(data);
  });
});

describe('what is not yet, or never, an INSERT with data', () => {
  test.each([
    '',
    'INS',
    'INSERT',
    'INSERT INTO t',
    'INSERT INTO t FORMAT',
    'INSERT INTO t FORMAT CS',
    'INSERT INTO t FORMAT CSV',
    'INSERT INTO t (a, b',
    "INSERT INTO t SELECT 'x",
  ])('more bytes are needed after: %s', (text) => {
    expect(readInsertHead(text, false).kind).toBe('incomplete');
  });

  test.each([
    'SELECT 1',
    'INSERT INTO t SELECT 1',
    'INSERT INTO t SELECT 1 FORMAT Null',
    'INSERT INTO t',
    'CREATE TABLE t',
  ])('plain: %s', (text) => {
    expect(readInsertHead(text, true).kind).toBe('plain');
  });

  test('FROM INFILE and a semicolon before the data are refused', () => {
    expect(() => readInsertHead("INSERT INTO t FROM INFILE 'x' FORMAT CSV", true)).toThrow(/infile/);
    expect(() => readInsertHead('INSERT INTO t FORMAT CSV;\n1', true)).toThrow(/excessive ';'/);
  });
});
