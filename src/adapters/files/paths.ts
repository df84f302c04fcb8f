import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
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
  const local = env.LOCALAPPDATA;
  const cache = env.XDG_CACHE_HOME ?? join(local ?? homedir(), local === undefined ? '.cache' : 'Cache');
  const state = env.XDG_STATE_HOME ?? local ?? join(homedir(), '.local', 'state');
  return { cacheDir: join(cache, 'streamlab'), labsDir: join(state, 'streamlab', 'labs') };
}
