import { resolve } from 'node:path';
import type { StarterFile } from '../adapters/files/templates.js';

/** `init`, relative to the working directory. */
export async function runInit(dir: string, force: boolean): Promise<{ dir: string; files: StarterFile[] }> {
  const { writeStarters } = await import('../adapters/files/templates.js');
  const folder = resolve(process.cwd(), dir);
  return { dir: folder, files: await writeStarters(folder, force) };
}
