import type { Queued } from './backlog.js';

/** What became of a delivery. Times are epoch milliseconds. */
export type DeliveryNews =
  | { type: 'delivered'; channel: string; queued: Queued }
  | { type: 'retry'; channel: string; queued: Queued; reason: string; failures: number; at: number }
  | { type: 'dropped'; channel: string; queued: Queued; reason: string }
  /** Nothing more goes to this channel; what waits for it stays in the outbox. */
  | { type: 'stopped'; channel: string; waiting: number; reason: string; next: string }
  | { type: 'collapsed'; channel: string; queued: Queued; waiting: number }
  /** Something waits for a channel that is not set up (any more). */
  | { type: 'nobody'; channel: string; waiting: number }
  /** It was delivered, and that could not be written down: after a restart it comes again. */
  | { type: 'unrecorded'; channel: string; error: unknown };
