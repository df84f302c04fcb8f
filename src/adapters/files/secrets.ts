import { readFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { Secret } from '../../domain/notify/secret.js';
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

const longestSecret = 65_536;

/**
 * A secret that is piped in (without the line break at its end).
 * @throws StreamlabError INVALID_USAGE if nobody pipes anything, or far too much
 */
export async function secretFromStdin(stdin: Readable & { isTTY?: boolean }): Promise<Secret> {
  const suggestions = ['Pipe it in, for instance: streamlab … < file-with-the-secret'];
  const refused = (why: string): StreamlabError => new StreamlabError('INVALID_USAGE', why, { suggestions });
  if (stdin.isTTY === true) throw refused('The secret is read from stdin, and stdin is the terminal.');
  let text = '';
  stdin.setEncoding('utf8');
  for await (const chunk of stdin) {
    text += chunk as string;
    if (text.length > longestSecret) throw refused('What stdin gives is too long for a secret.');
  }
  text = text.replace(/\r?\n$/, '');
  if (text === '') throw refused('The secret is read from stdin, and stdin is empty.');
  return new Secret(text);
}
