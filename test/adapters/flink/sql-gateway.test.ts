import { afterEach, describe, expect, test } from 'vitest';
import { openSqlSession } from '../../../src/adapters/flink/sql-gateway.js';
import { SqlRejected } from '../../../src/domain/sql-rejected.js';
import { StreamlabError } from '../../../src/errors.js';
import * as recorded from './recorded.js';
import { StubServer, type Answer, type Asked } from './stub-server.js';

const servers: StubServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

/** A gateway with one session and one operation, whose result pages are prepared. */
async function gateway(result: (path: string, count: number) => Answer): Promise<StubServer> {
  const server = await StubServer.start(({ method, path }: Asked, count) => {
    if (path === '/v3/sessions') return { json: { sessionHandle: 's1' } };
    if (path.endsWith('/statements')) return { json: { operationHandle: 'o1' } };
    if (method === 'GET') return result(path, count);
    return { json: { status: 'CLOSED' } };
  });
  servers.push(server);
  return server;
}

const page = (index: number, type: string, data: unknown[], next?: number, more: object = {}): Answer => ({
  json: {
    resultType: type,
    results: {
      columns: [{ name: 'a' }, { name: 'b' }],
      rowFormat: 'JSON',
      data: data.map((fields) => ({ kind: 'INSERT', fields })),
    },
    ...(next === undefined
      ? {}
      : { nextResultUri: `/v3/sessions/s1/operations/o1/result/${next}?rowFormat=JSON` }),
    ...more,
    index,
  },
});

describe('a SQL Gateway session', () => {
  test('every page of a result is fetched, empty ones and those not ready too', async () => {
    const server = await gateway((path, count) => {
      if (path.includes('/result/0')) {
        return count < 2
          ? {
              json: {
                resultType: 'NOT_READY',
                nextResultUri: '/v3/sessions/s1/operations/o1/result/0?rowFormat=JSON',
              },
            }
          : page(0, 'PAYLOAD', [[1, 'x']], 1);
      }
      if (path.includes('/result/1')) return page(1, 'PAYLOAD', [], 2);
      if (path.includes('/result/2')) return page(2, 'PAYLOAD', [[2, null]], 3, { jobID: 'j1' });
      return page(3, 'EOS', []);
    });
    const session = await openSqlSession(server.url, { 'parallelism.default': '2' });
    expect(await session.execute('SELECT 1')).toEqual({
      columns: ['a', 'b'],
      rows: [
        [1, 'x'],
        [2, null],
      ],
      jobId: 'j1',
    });
    expect(server.asked[0]).toMatchObject({ body: { properties: { 'parallelism.default': '2' } } });
    await session.close();
    expect(server.asked.at(-1)).toMatchObject({ method: 'DELETE', path: '/v3/sessions/s1' });
  });

  test('a rejected statement tells the root cause and its place, not the stack', async () => {
    const server = await gateway(() => ({ status: 500, json: { errors: recorded.unknownColumn } }));
    const session = await openSqlSession(server.url);
    const error = await session.execute('CREATE VIEW v AS ...').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SqlRejected);
    expect(error).toMatchObject({
      sentence: "Column 'x' not found in any table",
      phase: 'sql',
      position: { line: 3, column: 3 },
    });
  });

  test('a job that was planned and could not be started is told apart from wrong SQL', async () => {
    const server = await gateway(() => ({
      status: 500,
      json: { errors: ['Internal server error.', recorded.noRestorePointTrace] },
    }));
    const session = await openSqlSession(server.url);
    await expect(session.execute('EXECUTE STATEMENT SET …')).rejects.toMatchObject({ phase: 'submission' });
  });

  test('a statement that takes longer than its deadline is cancelled', async () => {
    const deadline = new AbortController();
    const server = await gateway((_, count) => {
      if (count === 2) deadline.abort(new DOMException('too late', 'TimeoutError'));
      return {
        json: {
          resultType: 'NOT_READY',
          nextResultUri: '/v3/sessions/s1/operations/o1/result/0?rowFormat=JSON',
        },
      };
    });
    const session = await openSqlSession(server.url);
    await expect(session.execute('SELECT 1', deadline.signal)).rejects.toMatchObject({ code: 'TIMED_OUT' });
    expect(server.asked.map(({ path }) => path)).toContain('/v3/sessions/s1/operations/o1/cancel');
  });

  test('an unreachable gateway is named with its address', async () => {
    const server = await gateway(() => undefined);
    await server.stop();
    const error = await openSqlSession(server.url).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(StreamlabError);
    expect(error).toMatchObject({ code: 'SERVICE_UNREACHABLE', exitCode: 3 });
    expect((error as StreamlabError).message).toContain(server.url);
  });

  test('something else that listens at the address is not taken for a gateway', async () => {
    const server = await StubServer.start(() => ({ text: '<html></html>' }));
    servers.push(server);
    await expect(openSqlSession(server.url)).rejects.toMatchObject({ code: 'SERVICE_FAILED' });
  });

  test('closing never throws', async () => {
    const server = await gateway(() => page(0, 'EOS', []));
    const session = await openSqlSession(server.url);
    await server.stop();
    await expect(session.close()).resolves.toBeUndefined();
  });
});
