import { rootCertificates } from 'node:tls';
import { ClickHouseLogLevel, createClient, type ClickHouseClient } from '@clickhouse/client';
import type { ClickHouseConnection, TlsIdentity } from '../../domain/connections.js';

const longRequestMs = 300_000;

/** @param database where names are looked up that are not qualified; the lab's may not exist yet */
export function openClient(connection: ClickHouseConnection, database = 'default'): ClickHouseClient {
  const { url, user, password, tls } = connection;
  return createClient({
    url,
    username: user,
    password,
    database,
    request_timeout: longRequestMs,
    log: { level: ClickHouseLogLevel.OFF },
    ...(tls === undefined ? {} : { tls: tlsOptions(tls) }),
  });
}

/** The client wants an authority in any case: without one of the user's, those that Node trusts. */
function tlsOptions({ ca, cert, key }: TlsIdentity) {
  const authorities = { ca_cert: Buffer.from(ca ?? rootCertificates.join('\n')) };
  if (cert === undefined || key === undefined) return authorities;
  return { ...authorities, cert: Buffer.from(cert), key: Buffer.from(key) };
}

export async function select<T>(
  client: ClickHouseClient,
  query: string,
  params: Record<string, string>,
  signal?: AbortSignal,
): Promise<T[]> {
  const result = await client.query({
    query,
    query_params: params,
    format: 'JSONEachRow',
    // A signal of its own: Node warns where more than ten listen to one.
    ...(signal === undefined ? {} : { abort_signal: AbortSignal.any([signal]) }),
  });
  return await result.json<T>();
}
