import { quoteName, quoteString, type EngineSession } from './engine.js';
import { ClickHouseException } from './errors.js';
import type { QueryRequest } from './request.js';

const identifier = /^[A-Za-z_][\w.]*$/;
const unknownSettingCode = 115;

/** What a request sets before its statement runs. */
export type Setup = Pick<QueryRequest, 'database' | 'roles' | 'settings' | 'parameters'> & {
  readonly logComment: string;
};

/** Applies database, roles, settings and parameters to a session. */
export async function applySetup(session: EngineSession, setup: Setup): Promise<void> {
  if (setup.database !== undefined) await session.run(`USE ${quoteName(setup.database)}`);
  if (setup.roles.length > 0) await session.run(`SET ROLE ${setup.roles.map(quoteName).join(', ')}`);
  const settings = [...setup.settings].filter(([name]) => name !== 'log_comment');
  const assignments = [
    ...settings.map(([name, value]) => `${checkedName(name)} = ${quoteString(value)}`),
    ...[...setup.parameters].map(([name, value]) => `param_${checkedName(name)} = ${quoteString(value)}`),
    `log_comment = ${quoteString(setup.logComment)}`,
  ];
  await session.run(`SET ${assignments.join(', ')}`);
}

/**
 * The statements that undo a request's database and settings: in a session with an id they hold for one request
 * only, while what the client itself SET stays.
 */
export async function undoOf(session: EngineSession, setup: Setup): Promise<string[]> {
  const undo: string[] = [];
  if (setup.database !== undefined) {
    undo.push(`USE ${quoteName(await readText(session, 'SELECT currentDatabase()'))}`);
  }
  const names = [...setup.settings.keys(), 'log_comment'].map(quoteString).join(', ');
  const rows = await readText(
    session,
    `SELECT name, changed, hex(value) FROM system.settings WHERE name IN (${names})`,
  );
  for (const row of rows.split('\n').filter(Boolean)) {
    const [name = '', changed, hex = ''] = row.split('\t');
    const value = quoteString(Buffer.from(hex, 'hex').toString('utf8'));
    undo.push(`SET ${name} = ${changed === '1' ? value : 'DEFAULT'}`);
  }
  return undo;
}

async function readText(session: EngineSession, sql: string): Promise<string> {
  const { bytes } = await session.run(sql, 'TabSeparatedRaw');
  return Buffer.from(bytes).toString('utf8').replace(/\n$/, '');
}

/** Names go into SQL as they are. */
function checkedName(name: string): string {
  if (identifier.test(name)) return name;
  throw new ClickHouseException(unknownSettingCode, 'UNKNOWN_SETTING', `Unknown setting '${name}'.`);
}
