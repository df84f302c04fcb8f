import { homedir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the package: where templates, SQL and DDL files are. */
export const packageRoot = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');

export interface Home {
  /** Artifacts shared by all labs (XDG_CACHE_HOME). */
  cacheDir: string;
  /** One folder a lab (XDG_STATE_HOME). */
  labsDir: string;
}

/** streamlab's folders, after the XDG Base Directory Specification 0.8; %LOCALAPPDATA% on Windows. */
export function homeFolders(env: NodeJS.ProcessEnv = process.env): Home {
  // Empty or relative values are to be ignored, says the specification.
  const folder = (name: string): string | undefined => {
    const value = env[name];
    return value !== undefined && isAbsolute(value) ? value : undefined;
  };
  const local = env.LOCALAPPDATA;
  const cache =
    folder('XDG_CACHE_HOME') ?? join(local ?? homedir(), local === undefined ? '.cache' : 'Cache');
  const state = folder('XDG_STATE_HOME') ?? local ?? join(homedir(), '.local', 'state');
  return { cacheDir: join(cache, 'streamlab'), labsDir: join(state, 'streamlab', 'labs') };
}
