import { describe, expect, test } from 'vitest';
import { renderTemplates, splitStatements } from '../../src/domain/template.js';

const file = (text: string) => ({ name: 'flink-sql/10-x.sql', text });

describe('placeholders', () => {
  test('are filled, each as often as it stands there', () => {
    const [rendered] = renderTemplates([file("'${topic}' and '${topic}', ${n}")], { topic: 'a', n: 3 });
    expect(rendered?.text).toBe("'a' and 'a', 3");
  });

  test('an unknown one is an error that names file and line', () => {
    expect(() => renderTemplates([file('one\ntwo ${tpoic}')], { topic: 'a' })).toThrow(
      'flink-sql/10-x.sql line 2: unknown placeholder ${tpoic}',
    );
  });

  test('one without a closing brace is an error that names file and line', () => {
    expect(() => renderTemplates([file('${topic\n')], { topic: 'a' })).toThrow(
      /line 1: placeholder \$\{topic has no closing brace/,
    );
  });

  test('a value that no file uses is an error that names the files', () => {
    expect(() => renderTemplates([file('${a}')], { a: 1, b: 2 })).toThrow(
      'flink-sql/10-x.sql: the placeholder ${b} is missing',
    );
  });

  test('names of Object.prototype are not taken for values', () => {
    expect(() => renderTemplates([file('${constructor}')], {})).toThrow(/unknown placeholder/);
  });
});

describe('statements', () => {
  const split = (text: string) =>
    splitStatements(file(text), 'flink').map(({ sql, line }) => ({ sql, line }));

  test('end at semicolons outside of quotes and comments, and know their line', () => {
    expect(split("-- a; b\nSELECT ';' ;\n\n/* ; */ SELECT `x;y`, 'it''s;'; -- end;\n")).toEqual([
      { sql: "SELECT ';'", line: 2 },
      { sql: "SELECT `x;y`, 'it''s;'", line: 4 },
    ]);
  });

  test('a statement set is one statement, whatever stands in it', () => {
    const set =
      'EXECUTE STATEMENT SET\nBEGIN\nINSERT INTO a SELECT CASE WHEN x THEN 1 END FROM t;\n-- c\nINSERT INTO b SELECT 1;\nEND';
    expect(split(`SET 'a' = 'b';\n${set};\nSELECT 1`).map((s) => s.sql)).toEqual([
      "SET 'a' = 'b'",
      set,
      'SELECT 1',
    ]);
  });

  test('a backslash escapes a quote in ClickHouse, and nothing in Flink', () => {
    const text = String.raw`SELECT '\\', ';'; SELECT 2`.replace('\\\\', '\\');
    expect(splitStatements(file(text), 'flink').map((s) => s.sql)).toEqual([
      String.raw`SELECT '\', ';'`,
      'SELECT 2',
    ]);
    expect(splitStatements(file(String.raw`SELECT 'a\';b'; SELECT 2`), 'clickhouse')).toHaveLength(2);
  });

  test('comments alone are no statement', () => {
    expect(split('-- nothing\n/* here */\n')).toEqual([]);
  });
});
