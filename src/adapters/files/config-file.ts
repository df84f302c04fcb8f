import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { reasonOf, StreamlabError } from '../../errors.js';

export interface ConfigFile {
  path: string;
  values: Record<string, unknown>;
}

/**
 * The configuration file: the one named, or `streamlab.yaml` in the working directory if there is one.
 * @throws StreamlabError INVALID_CONFIG if a named file is missing, or a file is not a YAML mapping
 */
export async function readConfigFile(
  named: string | undefined,
  cwd: string,
): Promise<ConfigFile | undefined> {
  const path = resolve(cwd, named ?? 'streamlab.yaml');
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (named === undefined && (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new StreamlabError(
      'INVALID_CONFIG',
      `Cannot read the configuration file ${path}: ${reasonOf(error)}`,
      { cause: error },
    );
  }
  const values = await parseYaml(text, path);
  if (values === null) return { path, values: {} };
  if (typeof values !== 'object' || Array.isArray(values)) {
    throw new StreamlabError(
      'INVALID_CONFIG',
      `${path} must hold a mapping of settings, such as "watermarkDelay: 5s"`,
    );
  }
  return { path, values: values as Record<string, unknown> };
}

async function parseYaml(text: string, path: string): Promise<unknown> {
  // Loaded here: most commands find no file.
  const { parse, YAMLParseError } = await import('yaml');
  try {
    return parse(text);
  } catch (error) {
    const line = error instanceof YAMLParseError ? ` line ${error.linePos?.[0].line ?? 1}` : '';
    throw new StreamlabError(
      'INVALID_CONFIG',
      `${path}${line} is not valid YAML: ${reasonOf(error).split('\n')[0] ?? ''}`,
      { cause: error },
    );
  }
}
