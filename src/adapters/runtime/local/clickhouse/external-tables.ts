import { quoteName } from './engine.js';
import { clickHouseError } from './errors.js';
import { executeInsert, type Execution } from './execute.js';
import { readInsertHead } from './insert.js';
import type { Form } from './multipart.js';

/**
 * A table sent along with a query as a part of a form: `name`, described by `name_structure` or `name_types`
 * and by `name_format` (ClickHouse docs, "External data for query processing").
 */
export interface ExternalTable {
  readonly name: string;
  readonly structure: string;
  readonly format: string;
  readonly data: Buffer;
}

/** The tables of a form; `option` looks up `name_format` and the like in form and URL. */
export function externalTablesOf(form: Form, option: (name: string) => string | undefined): ExternalTable[] {
  return [...form.files].map(([name, data]) => {
    const types = option(`${name}_types`)?.split(',');
    const structure =
      option(`${name}_structure`) ?? types?.map((type, index) => `_${index + 1} ${type}`).join(', ');
    if (structure === undefined) {
      const reason = `Neither structure nor types have been provided for the external table ${name}.`;
      throw clickHouseError('BAD_ARGUMENTS', reason);
    }
    return { name, structure, format: option(`${name}_format`) ?? 'TabSeparated', data };
  });
}

/** Makes and fills the temporary table a query refers to. */
export async function loadExternalTable(execution: Execution, table: ExternalTable): Promise<void> {
  const name = quoteName(table.name);
  await execution.session.run(`CREATE TEMPORARY TABLE ${name} (${table.structure})`);
  const head = readInsertHead(`INSERT INTO ${name} FORMAT ${table.format}\n`, true);
  if (head.kind !== 'data')
    throw clickHouseError('BAD_ARGUMENTS', `Cannot load the external table ${table.name}.`);
  await executeInsert(execution, head, { first: table.data, rest: nothing, compression: 'none' });
}

const nothing: AsyncIterator<Buffer> = { next: () => Promise.resolve({ done: true, value: undefined }) };
