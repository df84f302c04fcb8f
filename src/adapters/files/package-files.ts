import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TemplateFile } from '../../domain/template.js';
import { reasonOf, StreamlabError } from '../../errors.js';
import { packageRoot } from './paths.js';

/**
 * A file that ships with streamlab and that a user may change, such as `flink-sql/90-job.sql`.
 * @throws StreamlabError INVALID_FILE naming the file
 */
export async function readPackageFile(
  folder: 'flink-sql' | 'clickhouse',
  name: string,
): Promise<TemplateFile> {
  const path = join(packageRoot, folder, name);
  try {
    return { name: `${folder}/${name}`, text: await readFile(path, 'utf8') };
  } catch (error) {
    throw new StreamlabError('INVALID_FILE', `Cannot read ${path}: ${reasonOf(error)}`, {
      suggestions: ['Install streamlab again, or put the file back.'],
      cause: error,
    });
  }
}

/** Of streamlab itself. */
export async function readOwnVersion(): Promise<string> {
  const { version } = JSON.parse(await readFile(join(packageRoot, 'package.json'), 'utf8')) as {
    version: string;
  };
  return version;
}
