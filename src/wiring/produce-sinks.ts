import { openFileSink } from '../adapters/files/event-file.js';
import { openKafkaSink, type KafkaSinkOptions } from '../adapters/kafka/producer.js';
import type { EventSink } from '../domain/traffic/event-sink.js';
import type { PlannedRecord } from '../domain/traffic/record.js';
import type { RunTools } from '../services/produce-run.js';

interface OpenedSink {
  sink: EventSink<PlannedRecord>;
  partitions: number;
}

/** The sink of a topic whose partitions passed a check. */
export async function checkedKafkaSink(
  options: KafkaSinkOptions<PlannedRecord>,
  check: (partitions: number) => void,
): Promise<OpenedSink> {
  const sink = await openKafkaSink(options);
  try {
    check(sink.partitions);
  } catch (error) {
    await sink.close();
    throw error;
  }
  return { sink, partitions: sink.partitions };
}

/** The sink of a file, which is only created when the partitions of the configuration pass the check. */
export function fileSink(path: string, partitions: number): RunTools['openSink'] {
  return async (onDelivered, check) => {
    check(partitions);
    return { sink: await openFileSink(path, { onDelivered }), partitions };
  };
}
