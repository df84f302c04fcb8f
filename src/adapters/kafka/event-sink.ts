import type { KeyedPayload } from '../../domain/traffic/event.js';
import type { StreamlabError } from '../../errors.js';

export interface DeliveryStats {
  /** Records for which all in-sync replicas have answered. */
  acknowledged: number;
  /** Records sent again because no answer came; at most so many stand in the topic a second time. */
  resent: number;
  /** From the moment a batch is opened to its acknowledgement; undefined before the first. */
  latencyMs: { p50: number; p99: number; max: number } | undefined;
}

/** Where the generator puts its records. It takes what it is given; `capacity` says how much that should be. */
export interface EventSink {
  append(record: KeyedPayload): void;
  /** How many more records it wants; 0 or less means to wait for `room`. */
  readonly capacity: number;
  /** Records taken but not acknowledged. */
  readonly inFlight: number;
  /** Set once a record cannot be delivered any more; what is in flight then stays unacknowledged. */
  readonly failure: StreamlabError | undefined;
  /** Resolves when there is capacity, or a failure. */
  room(): Promise<void>;
  /** Resolves when nothing is in flight, or with a failure. */
  flush(): Promise<void>;
  stats(): DeliveryStats;
  /** What stands in the way at the moment, to be shown; undefined when all is well. */
  readonly trouble: string | undefined;
  close(): Promise<void>;
}
