import type { LatencyCounts } from './latency.js';
import type { OutgoingRecord } from './record.js';
import type { StreamlabError } from '../../errors.js';

export interface DeliveryStats {
  /** Records for which all in-sync replicas have answered. */
  acknowledged: number;
  /** Records given up: each may or may not be on the topic. */
  givenUp: number;
  /** Records sent again because no answer came; at most so many stand in the topic a second time. */
  resent: number;
  /** From the moment a record was due to its acknowledgement. */
  latency: LatencyCounts;
}

/** What became of records that were sent together. */
export interface DeliveredBatch<R extends OutgoingRecord> {
  partition: number;
  records: readonly R[];
  /** Offset of the first, the others follow without a gap; undefined when the batch was given up. */
  baseOffset: number | undefined;
  /** The batch was sent more than once, without an answer to the earlier ones. */
  resent: boolean;
}

/** Where the generator puts its records. It takes what it is given; `capacity` says how much that should be. */
export interface EventSink<R extends OutgoingRecord = OutgoingRecord> {
  append(record: R): void;
  /** How many more records it wants; 0 or less means to wait for `room`. */
  readonly capacity: number;
  /** Records taken, neither acknowledged nor given up. */
  readonly inFlight: number;
  /** Set once nothing can be delivered any more; what is in flight then stays unacknowledged. */
  readonly failure: StreamlabError | undefined;
  /** Resolves when there is capacity, or a failure. */
  room(): Promise<void>;
  /** Resolves when nothing is in flight, or with a failure. */
  flush(): Promise<void>;
  stats(): DeliveryStats;
  /** What stands in the way at the moment, to be shown; undefined when all is well. */
  readonly trouble: string | undefined;
  /** Ends it. What is still in flight is handed to `onDelivered` as given up. */
  close(): Promise<void>;
}
