import type { LocalLab, ProcessRecord } from '../../../domain/lab-state.js';
import type { LabStore } from '../../files/lab-store.js';
import { findByMarkers, isAlive, markerOf, stopProcess } from '../processes.js';
import { localServices, type LocalService } from './services.js';

/** What really runs of a lab, by the operating system's word rather than the state file's. */
export type Running = Partial<Record<LocalService, ProcessRecord>>;

export async function observe(store: LabStore, state: LocalLab | undefined): Promise<Running> {
  const running: Running = {};
  await Promise.all(
    localServices.map(async (service) => {
      const recorded = state?.services[service];
      if (recorded !== undefined && (await isAlive(recorded))) running[service] = recorded;
    }),
  );
  const missing = localServices.filter((service) => running[service] === undefined);
  if (missing.length === 0) return running;
  const found = await findByMarkers(missing.map((service) => markerOf(service, store.folders)));
  missing.forEach((service, index) => {
    const record = found[index];
    if (record !== undefined) running[service] = record;
  });
  return running;
}

// Flink first: its sinks then see Kafka until the end. Kafka last, so that everybody can say goodbye.
const stopOrder: readonly (readonly LocalService[])[] = [
  ['flink-sql-gateway', 'flink-taskmanager', 'flink-jobmanager', 'clickhouse'],
  ['kafka'],
];

/** Stops what runs, in order, each group at once. Bounded: 3 s of grace and 3 s after the kill for each group. */
export async function stopAll(running: Running): Promise<LocalService[]> {
  const stopped: LocalService[] = [];
  for (const group of stopOrder) {
    const records = group.flatMap((service) => {
      const record = running[service];
      return record === undefined ? [] : [{ service, record }];
    });
    await Promise.all(records.map(({ record }) => stopProcess(record, 3_000)));
    stopped.push(...records.map(({ service }) => service));
  }
  return stopped;
}
