import { readFile } from 'node:fs/promises';
import { reasonOf, StreamlabError } from '../../errors.js';

/**
 * A secret, from the variable `STREAMLAB_<NAME>` or the file that `STREAMLAB_<NAME>_FILE` names (without the line break
 * at its end); undefined if neither is set. Secrets are never flags: those are in every list of processes.
 * @throws StreamlabError INVALID_CONFIG naming the variable, if the file cannot be read or is empty, or both are set
 */
export async function readSecret(
  name: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<string | undefined> {
  const variable = `STREAMLAB_${name}`;
  const value = env[variable];
  const file = env[`${variable}_FILE`];
  if (file === undefined || file === '') return value === '' ? undefined : value;
  if (value !== undefined && value !== '') {
    throw new StreamlabError('INVALID_CONFIG', `${variable} and ${variable}_FILE are both set.`, {
      suggestions: ['Unset one of them.'],
    });
  }
  const secret = await readText(variable, file);
  if (secret === '') throw new StreamlabError('INVALID_CONFIG', `${variable}_FILE: ${file} is empty.`);
  return secret;
}

async function readText(variable: string, file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).replace(/\r?\n$/, '');
  } catch (error) {
    throw new StreamlabError('INVALID_CONFIG', `${variable}_FILE: cannot read ${file}: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}
