import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { configSchema, type Config } from '../../src/domain/config.js';
import { channels, clickstreamTypes, eventFields, eventTypes, orderTypes } from '../../src/domain/events.js';
import {
  jobFileNames,
  jobValues,
  newestRestorePoint,
  placeOf,
  planJob,
  statementSet,
} from '../../src/domain/flink-job.js';
import type { TemplateFile } from '../../src/domain/template.js';

const folder = new URL('../../flink-sql/', import.meta.url);
const config = (values: Partial<Config> = {}): Config => ({ ...configSchema.parse({}), ...values });
const files = (audit: boolean): TemplateFile[] =>
  jobFileNames(audit).map((name) => ({ name, text: readFileSync(new URL(name, folder), 'utf8') }));
const plan = (values: Partial<Config> = {}) => {
  const full = config(values);
  return planJob(
    files(full.audit),
    jobValues(full, { kafkaBootstrap: 'kafka:9092', transactionTimeoutMs: 900_000, payloadMark: 'mark' }),
  );
};
const sql = (values: Partial<Config> = {}): string => {
  const { setup, inserts } = plan(values);
  return [...setup, ...inserts].map((statement) => statement.sql).join('\n');
};

describe('the SQL of the job', () => {
  test('every placeholder has a value and every value a placeholder, with and without the audit', () => {
    expect(plan().inserts).toHaveLength(3);
    expect(plan({ audit: true }).inserts).toHaveLength(4);
  });

  test('settings, tables and views come before the inserts', () => {
    const kinds = plan().setup.map(({ sql: text }) => text.split(/\s+/).slice(0, 3).join(' '));
    expect(new Set(kinds)).toEqual(
      new Set([
        ...kinds.filter((kind) => kind.startsWith('SET ')),
        'CREATE TEMPORARY TABLE',
        'CREATE TEMPORARY VIEW',
      ]),
    );
  });

  test('the settings of the lab reach the SQL in milliseconds', () => {
    const text = sql({
      watermarkDelay: 1_234,
      allowedLateness: 2_345,
      maxFutureSkew: 3_456,
      dedupeHorizon: 4_567,
    });
    expect(text).toContain('- 1234,');
    expect(text).toContain('+ 2345, 3) >');
    expect(text).toContain('source_timestamp + 3456');
    expect(text).toContain("'table.exec.state.ttl' = '4567 ms'");
  });

  test('totals are written for a checkpoint when exactly-once, and several times a second otherwise', () => {
    const flush = (text: string): string => /'sink.buffer-flush.interval' = '(.*)'/.exec(text)![1]!;
    expect(flush(sql({ checkpointInterval: 9_000 }))).toBe('9000 ms');
    expect(flush(sql({ checkpointInterval: 9_000, guarantee: 'at-least-once' }))).toBe('200 ms');
    expect(flush(sql({ checkpointInterval: 150, guarantee: 'at-least-once' }))).toBe('150 ms');
  });

  test('there are never more subtasks than partitions', () => {
    expect(
      jobValues(config({ parallelism: 8, rawPartitions: 4 }), {
        kafkaBootstrap: 'k:1',
        transactionTimeoutMs: 1,
        payloadMark: 'mark',
      }).parallelism,
    ).toBe(4);
  });

  test('each sink has transactional ids of its own, and each lab its own', () => {
    const prefixes = [
      ...sql({ audit: true, lab: 'a' }).matchAll(/'sink.transactional-id-prefix' = '(.*)'/g),
    ].map((match) => match[1]);
    expect(prefixes).toHaveLength(4);
    expect(new Set(prefixes).size).toBe(4);
    expect(prefixes.every((prefix) => prefix?.startsWith('streamlab-a-'))).toBe(true);
  });

  test('it checks the event types and channels of the schemas', () => {
    const text = sql();
    const list = (names: readonly string[]): string => names.map((name) => `'"${name}"'`).join(', ');
    expect(text).toContain(`json['"event_type"'] NOT IN (${list(eventTypes)})`);
    expect(text).toContain(`json['"channel"'] NOT IN (${list(channels)})`);
    // In the regular expression of a plain event.
    expect(text).toContain(`(?:${clickstreamTypes.join('|')})()|(?:${orderTypes.join('|')})()`);
    expect(text).toContain(`"channel":"(?:${channels.join('|')})"`);
    for (const field of eventFields) expect(text).toContain(`"${field}":`);
  });

  test('the totals are exempted from the time to live of state', () => {
    expect(sql()).toContain("STATE_TTL('counted' = '0 s')");
  });
});

describe('the place of an error', () => {
  test('a line of a single statement is a line of its file', () => {
    const statement = { file: 'a.sql', line: 10, sql: 'SELECT\n  x\nFROM t' };
    expect(placeOf([statement], 2)).toEqual({ file: 'a.sql', line: 11 });
    expect(placeOf([statement], 9)).toBeUndefined();
  });

  test('a line of the statement set is a line of the right insert', () => {
    const inserts = [
      { file: 'a.sql', line: 3, sql: 'INSERT INTO x\nSELECT 1' },
      { file: 'b.sql', line: 7, sql: 'INSERT INTO y\nSELECT 2\nFROM t' },
    ];
    const lines = statementSet(inserts).split('\n');
    expect(placeOf(inserts, lines.indexOf('INSERT INTO x') + 1)).toEqual({ file: 'a.sql', line: 3 });
    expect(placeOf(inserts, lines.indexOf('SELECT 2') + 1)).toEqual({ file: 'b.sql', line: 8 });
  });

  test('a set of one insert is placed too', () => {
    const inserts = [{ file: 'a.sql', line: 3, sql: 'INSERT INTO x\nSELECT 1' }];
    const lines = statementSet(inserts).split('\n');
    expect(placeOf(inserts, lines.indexOf('SELECT 1;') + 1)).toEqual({ file: 'a.sql', line: 4 });
  });
});

describe('the newest restore point', () => {
  test('folders without _metadata are not complete', () => {
    expect(
      newestRestorePoint([
        { path: '/c/chk-9', completedAtMs: 10 },
        { path: '/c/chk-10', completedAtMs: undefined },
        { path: '/s/savepoint-1', completedAtMs: 7 },
      ])?.path,
    ).toBe('/c/chk-9');
    expect(newestRestorePoint([])).toBeUndefined();
  });

  test('at the same time the higher number wins', () => {
    expect(
      newestRestorePoint([
        { path: '/c/chk-9', completedAtMs: 10 },
        { path: '/c/chk-10', completedAtMs: 10 },
      ])?.path,
    ).toBe('/c/chk-10');
  });
});
