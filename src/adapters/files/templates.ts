import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { reasonOf, StreamlabError } from '../../errors.js';
import { fileError } from './file-errors.js';
import { packageRoot } from './paths.js';

/** What `init` writes: names of files, and the templates that they are copies of. */
const starters = {
  'streamlab.yaml': 'config/streamlab.yaml',
  'alert-rules.yaml': 'alerts/rules.yaml',
} as const;

export interface StarterFile {
  path: string;
  /** `kept`: it was there already, and was not touched. */
  what: 'written' | 'overwritten' | 'kept';
}

/**
 * Copies what a user starts from into a folder, which is made if it is not there.
 * @param force also over files that are there
 * @throws StreamlabError INVALID_FILE, NOT_PERMITTED, DISK_FULL naming the file
 */
export async function writeStarters(folder: string, force: boolean): Promise<StarterFile[]> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw fileError('The folder', folder, 'written', error);
  }
  const files: StarterFile[] = [];
  for (const [name, template] of Object.entries(starters)) {
    const path = join(folder, name);
    files.push({ path, what: await writeStarter(path, await templateText(template), force) });
  }
  return files;
}

async function writeStarter(path: string, text: string, force: boolean): Promise<StarterFile['what']> {
  try {
    // Whether it is there is asked by the very call that writes it.
    await writeFile(path, text, { flag: 'wx' });
    return 'written';
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST')
      throw fileError('The file', path, 'written', error);
    if (!force) return 'kept';
  }
  try {
    await writeFile(path, text);
    return 'overwritten';
  } catch (error) {
    throw fileError('The file', path, 'written', error);
  }
}

async function templateText(template: string): Promise<string> {
  const path = join(packageRoot, 'templates', template);
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new StreamlabError('INVALID_FILE', `Cannot read ${path}: ${reasonOf(error)}`, {
      suggestions: ['Install streamlab again, or put the file back.'],
      cause: error,
    });
  }
}
