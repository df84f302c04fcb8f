import { ClickHouseError } from '@clickhouse/client';
import type { ClickHouseConnection } from '../../domain/connections.js';
import type { Statement } from '../../domain/template.js';
import { StreamlabError } from '../../errors.js';
import { unreachable } from './unreachable.js';

/** The StreamlabError for whatever the client threw while doing `what`. */
export function clickhouseError(
  connection: ClickHouseConnection,
  what: string,
  error: unknown,
): StreamlabError {
  if (error instanceof StreamlabError) return error;
  if (error instanceof ClickHouseError) return answered(connection, what, error);
  return unreachable(connection, what, error);
}

function answered(connection: ClickHouseConnection, what: string, error: ClickHouseError): StreamlabError {
  const suggestions =
    error.type === 'UNKNOWN_TABLE' || error.type === 'UNKNOWN_DATABASE'
      ? ['streamlab up creates the tables of a lab.']
      : error.type === 'AUTHENTICATION_FAILED' || error.type === 'REQUIRED_PASSWORD'
        ? ['Check the user and the password of ClickHouse.']
        : ['streamlab logs clickhouse shows more.'];
  const isForbidden = ['AUTHENTICATION_FAILED', 'REQUIRED_PASSWORD', 'ACCESS_DENIED'].includes(
    error.type ?? '',
  );
  const message = `ClickHouse at ${connection.url} refused (${what}): ${firstLine(error)}`;
  return new StreamlabError(isForbidden ? 'NOT_PERMITTED' : 'SERVICE_FAILED', message, {
    suggestions,
    cause: error,
  });
}

/** A DDL file that ClickHouse does not take: the file is named, so that who changed it finds the line. */
export function statementError(
  connection: ClickHouseConnection,
  statement: Statement,
  error: unknown,
): StreamlabError {
  const place = `${statement.file} line ${String(statement.line)}`;
  if (!(error instanceof ClickHouseError) || isNotTheFile(error))
    return clickhouseError(connection, place, error);
  return new StreamlabError('INVALID_SQL', `${place}: ClickHouse says: ${firstLine(error)}`, {
    suggestions: ['Correct the file, or restore it from the package.'],
    evidence: statement.sql.split('\n').slice(0, 3),
    cause: error,
  });
}

/** What no change of the file would cure. */
function isNotTheFile({ type = '' }: ClickHouseError): boolean {
  return ['ACCESS_DENIED', 'AUTHENTICATION_FAILED', 'NAMED_COLLECTION_DOESNT_EXIST'].includes(type);
}

function firstLine(error: ClickHouseError): string {
  return error.message.split('\n')[0] ?? error.message;
}
