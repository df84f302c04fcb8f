import { createAPI, ProduceAcks, Writer, type Reader } from './client.js';

/** What the broker says of one partition's batch. */
export interface ProduceAnswer {
  /** 0: it is written, and all in-sync replicas have it. */
  errorCode: number;
  /** Offset of its first record. */
  baseOffset: number;
  /** How long to send nothing on this connection (KIP-219): a quota of the broker is used up. */
  throttleMs: number;
}

/** How long the broker may wait for the in-sync replicas. */
const ACKS_TIMEOUT_MS = 15_000;

/*
  Produce request, version 7 (every broker from 2.1 to 4.x): transactional_id NULLABLE_STRING, acks INT16, timeout_ms INT32,
  [topic STRING, [partition INT32, records BYTES]]. The library's own request takes one object a record.
*/
function produceRequest(
  topic: string,
  partition: number,
  recordBatch: Buffer,
  transactionalId: string | null,
): Writer {
  return Writer.create()
    .appendString(transactionalId, false)
    .appendInt16(ProduceAcks.ALL)
    .appendInt32(ACKS_TIMEOUT_MS)
    .appendInt32(1)
    .appendString(topic, false)
    .appendInt32(1)
    .appendInt32(partition)
    .appendInt32(recordBatch.length)
    .append(recordBatch);
}

/*
  Produce response, version 7: [topic STRING, [partition INT32, error_code INT16, base_offset INT64, log_append_time_ms INT64,
  log_start_offset INT64]], throttle_time_ms INT32. The library's own parser throws at an error code, and the throttle
  time is lost.
*/
function parseResponse(
  _correlationId: number,
  _key: number,
  _version: number,
  reader: Reader,
): ProduceAnswer {
  let answer: Omit<ProduceAnswer, 'throttleMs'> | undefined;
  reader.readArray(
    (topic) => {
      topic.readString(false);
      topic.readArray(
        (partition) => {
          partition.skip(4);
          answer = { errorCode: partition.readInt16(), baseOffset: Number(partition.readInt64()) };
          partition.skip(16);
        },
        false,
        false,
      );
    },
    false,
    false,
  );
  if (answer === undefined) throw new Error('The produce response names no partition.');
  return { ...answer, throttleMs: reader.readInt32() };
}

const PRODUCE_KEY = 0;
const PRODUCE_VERSION = 7;
/** Sends the batch of one partition, acks from all in-sync replicas. */
export const produceApi = createAPI<Parameters<typeof produceRequest>, ProduceAnswer>(
  PRODUCE_KEY,
  PRODUCE_VERSION,
  produceRequest,
  parseResponse,
  false,
  false,
);
