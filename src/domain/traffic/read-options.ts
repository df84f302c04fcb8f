import type { StreamlabError } from '../../errors.js';
import type { OptionName } from './option-table.js';
import type { OptionTable, OptionValues } from './option.js';

/**
 * The values of those options of a table that are given.
 * @param textOf what is given of an option, undefined if nothing is
 * @param refuse the error that says why a text cannot be read
 */
export function readOptions<Table extends OptionTable>(
  table: Table,
  textOf: (name: OptionName) => string | undefined,
  refuse: (name: OptionName, text: string, why: string) => StreamlabError,
): OptionValues<Table> {
  const values: Record<string, unknown> = {};
  for (const [key, option] of Object.entries(table)) {
    const name = key as OptionName;
    const text = textOf(name);
    if (text === undefined) continue;
    const reading = option.read(text);
    if (!reading.ok) throw refuse(name, text, reading.why);
    values[name] = reading.value;
  }
  return values as OptionValues<Table>;
}
