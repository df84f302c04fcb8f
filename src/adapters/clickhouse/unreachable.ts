import type { ClickHouseConnection } from '../../domain/connections.js';
import { reasonOf, StreamlabError } from '../../errors.js';

/** Nothing that understands us was there while doing `what`. */
export function unreachable(connection: ClickHouseConnection, what: string, error: unknown): StreamlabError {
  return new StreamlabError(
    'SERVICE_UNREACHABLE',
    `ClickHouse at ${connection.url} did not answer (${what}): ${reasonOf(error)}`,
    { suggestions: ['streamlab status shows which services run.'], cause: error },
  );
}
