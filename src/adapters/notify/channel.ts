import type { Reading } from '../../domain/notify/answer.js';
import type { Queued } from '../../domain/notify/backlog.js';

/** A way to tell people. Each only turns what is queued into a request, and reads the answer. */
export interface Channel {
  name: string;
  /** Channels of the same place post to the same address, and share its limits. */
  place: string;
  /** Channels of the same host share a limit for everything that is sent there. */
  host: string;
  /**
   * One attempt. Rejects only when the signal is aborted, with its reason: that nobody answers is a reading too.
   */
  send(queued: Queued, signal: AbortSignal): Promise<Reading>;
}
