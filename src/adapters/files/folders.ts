import { mkdir } from 'node:fs/promises';
import { reasonOf, StreamlabError } from '../../errors.js';

/**
 * Makes a folder, and those above it, for this user only.
 * @throws StreamlabError NOT_PERMITTED naming the folder
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new StreamlabError('NOT_PERMITTED', `Cannot make the folder ${path}: ${reasonOf(error)}`, {
      suggestions: ['Check the folder above it, and the variables XDG_STATE_HOME and XDG_CACHE_HOME.'],
      cause: error,
    });
  }
}
