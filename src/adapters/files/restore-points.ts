import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { RestoreCandidate } from '../../domain/flink-job.js';

/**
 * Every folder below these that might hold a checkpoint or a savepoint: `<job>/chk-7`, `savepoint-…`. One is complete
 * once its `_metadata` is there, which Flink writes last.
 */
export async function restoreCandidates(folders: readonly string[]): Promise<RestoreCandidate[]> {
  const found = await Promise.all(folders.map((folder) => candidatesBelow(folder, 2)));
  return found.flat();
}

async function candidatesBelow(folder: string, depth: number): Promise<RestoreCandidate[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const candidates = await Promise.all(
    entries
      .filter((entry) => entry.isDirectory())
      .map(async (entry) => {
        const path = join(folder, entry.name);
        const completedAtMs = await stat(join(path, '_metadata')).then(
          (s) => s.mtimeMs,
          () => undefined,
        );
        if (completedAtMs !== undefined || depth <= 1) return [{ path, completedAtMs }];
        return candidatesBelow(path, depth - 1);
      }),
  );
  return candidates.flat();
}
