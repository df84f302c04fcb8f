import { access } from 'node:fs/promises';
import { reasonOf } from '../../../errors.js';
import type { LabFolders } from '../../files/lab-store.js';
import { makeArchive, type ClassArchive } from './class-archives.js';
import type { JavaNeeds } from './java-tools.js';
import { classListOf, type LocalService } from './services.js';

const groups = {
  flink: ['flink-jobmanager', 'flink-taskmanager', 'flink-sql-gateway'],
  kafka: ['kafka'],
} as const satisfies Record<keyof JavaNeeds['archives'], readonly LocalService[]>;

/** Whether some archive is still to be made. */
export function lacksArchives({ archives }: JavaNeeds): boolean {
  return Object.values(archives).some(({ state }: ClassArchive) => state === 'missing');
}

/**
 * Makes the class archives that are not there yet, from what the lab's JVMs have loaded so far.
 * @throws Error that says why one is not made
 */
export async function prepareArchives(
  { archives }: JavaNeeds,
  folders: Pick<LabFolders, 'flinkTmp'>,
  signal: AbortSignal,
): Promise<void> {
  const troubles: string[] = [];
  // One after the other: what runs beside them comes first. One that fails does not stop the other.
  for (const name of ['flink', 'kafka'] as const) {
    await prepare(archives[name], groups[name], folders, signal).catch((error: unknown) => {
      troubles.push(reasonOf(error));
    });
  }
  if (troubles.length > 0) throw new Error(troubles.join('; '));
}

async function prepare(
  archive: ClassArchive,
  services: readonly LocalService[],
  folders: Pick<LabFolders, 'flinkTmp'>,
  signal: AbortSignal,
): Promise<void> {
  if (archive.state === 'ready') return;
  if (archive.state === 'hopeless') throw new Error(`this Java could not make ${archive.path} lately`);
  const lists = services.map((service) => classListOf(service, folders));
  // JVMs that were started with another archive have written none.
  const areThere = await Promise.all(
    lists.map((list) =>
      access(list).then(
        () => true,
        () => false,
      ),
    ),
  );
  if (areThere.includes(false)) throw new Error(`no class lists for ${archive.path}`);
  await makeArchive(archive, lists, signal);
}
