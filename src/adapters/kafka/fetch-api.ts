import { createAPI, fetchV17, Reader, ResponseError, type Connection } from './client.js';
import type { AbortedTransaction } from './record-batch.js';

/** One partition's part of a fetch response, records still as bytes. */
export interface FetchedPartition {
  highWatermark: number;
  lastStableOffset: number;
  aborted: AbortedTransaction[];
  data: Buffer;
}

const readCommitted = 1;
const fetchKey = 1;
const fetchVersion = 17;

// The library's own parser builds an object with BigInts for every record, keeps aborted ones, and leaves control
// batches in; this one hands the bytes on. Request and framing are the library's.
const fetchBytes = createAPI<Parameters<typeof fetchV17.createRequest>, FetchedPartition | undefined>(
  fetchKey,
  fetchVersion,
  fetchV17.createRequest,
  parseResponse,
);

/**
 * Fetches one partition from `offset` on, read_committed, without a consumer group. The broker answers within
 * `maxWaitMs` even if it has nothing.
 */
export async function fetchPartition(
  connection: Connection,
  request: { topicId: string; partition: number; offset: number; maxBytes: number; maxWaitMs: number },
): Promise<FetchedPartition | undefined> {
  const partition = {
    partition: request.partition,
    currentLeaderEpoch: -1,
    fetchOffset: BigInt(request.offset),
    lastFetchedEpoch: -1,
    partitionMaxBytes: request.maxBytes,
  };
  const topic = { topicId: request.topicId, partitions: [partition] };
  // Session 0, epoch -1: a full fetch outside any incremental fetch session (KIP-227).
  return await fetchBytes.async(
    connection,
    request.maxWaitMs,
    1,
    request.maxBytes,
    readCommitted,
    0,
    -1,
    [topic],
    [],
    '',
  );
}

/** The layout is described in Kafka's FetchResponse.json; only one partition was asked for. */
function parseResponse(
  _correlationId: number,
  _apiKey: number,
  _apiVersion: number,
  framed: Reader,
): FetchedPartition | undefined {
  // One contiguous copy: a response arrives in socket chunks, and reading across them byte by byte is slow.
  const reader = Reader.from(framed.buffer.slice(framed.position));
  reader.skip(4); // throttle time
  failOn(reader.readInt16(), '');
  reader.skip(4); // session id
  let found: FetchedPartition | undefined;
  reader.readArray((r) => {
    r.skip(16); // topic id
    r.readArray((p) => {
      found = parsePartition(p);
    });
  });
  return found;
}

function parsePartition(r: Reader): FetchedPartition {
  r.skip(4); // partition index
  const errorCode = r.readInt16();
  const highWatermark = Number(r.readInt64());
  const lastStableOffset = Number(r.readInt64());
  r.skip(8); // log start offset
  const aborted = r.readArray((a) => ({
    producerId: a.readInt64(),
    firstOffset: Number(a.readInt64()),
  })) as AbortedTransaction[] | null;
  r.skip(4); // preferred read replica
  const size = Math.max(0, r.readUnsignedVarInt() - 1);
  const data = r.buffer.slice(r.position, r.position + size);
  r.skip(size);
  failOn(errorCode, '/responses/0/partitions/0');
  return { highWatermark, lastStableOffset, aborted: aborted ?? [], data };
}

function failOn(errorCode: number, path: string): void {
  if (errorCode !== 0) throw new ResponseError(fetchKey, fetchVersion, { [path]: [errorCode, null] }, {});
}
