import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import type { ClickHouseConnection } from '../../domain/connections.js';
import { unreachable } from './unreachable.js';

const answerMs = 10_000;

/**
 * The version that the server answers a query with. Asked by hand, as the client library takes longer to load than the
 * server to answer. Without TLS: for servers of this machine.
 * @throws StreamlabError SERVICE_UNREACHABLE
 */
export async function serverVersion(connection: ClickHouseConnection): Promise<string> {
  try {
    const version = await ask(connection, 'SELECT version()');
    if (!/^\d+\.\d+/.test(version)) throw new Error('what answers there is not ClickHouse');
    return version;
  } catch (error) {
    throw unreachable(connection, 'version', error);
  }
}

async function ask({ url, user, password }: ClickHouseConnection, sql: string): Promise<string> {
  const headers = { 'x-clickhouse-user': user, 'x-clickhouse-key': password };
  return new Promise((resolve, reject) => {
    const asking = request(url, { method: 'POST', agent: false, headers }, (response) => {
      text(response).then((said) => {
        if (response.statusCode === 200) resolve(said.trim());
        else reject(new Error(said.split('\n')[0]));
      }, reject);
    });
    asking.once('error', reject);
    // From now, not since the last byte: who sends one now and then would be waited for without end.
    const timer = setTimeout(() => {
      asking.destroy(new Error(`no answer within ${answerMs / 1_000} s`));
    }, answerMs);
    asking.once('close', () => {
      clearTimeout(timer);
    });
    asking.end(sql);
  });
}
