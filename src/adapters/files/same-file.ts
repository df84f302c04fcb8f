import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { StreamlabError } from '../../errors.js';

/**
 * Refuses flags that name one and the same file, by whatever names: it would be overwritten while it is read or written.
 * @throws StreamlabError INVALID_USAGE naming both flags
 */
export async function refuseSameFile(
  files: readonly { flag: string; path: string | undefined }[],
): Promise<void> {
  const seen = new Map<string, string>();
  for (const { flag, path } of files) {
    if (path === undefined || path === '-') continue;
    const identity = await identityOf(path);
    if (identity === undefined) continue;
    const other = seen.get(identity);
    if (other !== undefined)
      throw new StreamlabError(
        'INVALID_USAGE',
        `${other} and ${flag} name the same file, ${path}: one would overwrite the other.`,
        { suggestions: [`Give ${flag} another file.`] },
      );
    seen.set(identity, flag);
  }
}

/** Where the file is, or will be, whatever links lead there; undefined for a device. */
async function identityOf(path: string): Promise<string | undefined> {
  const whole = resolve(path);
  const found = await stat(whole).catch(() => undefined);
  if (found !== undefined) return found.isFile() ? `${String(found.dev)}:${String(found.ino)}` : undefined;
  const folder = await realpath(dirname(whole)).catch(() => dirname(whole));
  return join(folder, basename(whole));
}
