import { clickHouseError } from './errors.js';

/** A place in which one statement runs, with the named pipe that belongs to it. */
export interface Slot {
  readonly fifo: string;
}

/** A bounded number of places and a bounded queue for them, first come, first served. */
export class Slots {
  readonly #free: Slot[];
  readonly #waiting: { take: (slot: Slot) => void; refuse: (error: Error) => void }[] = [];

  constructor(
    fifos: readonly string[],
    private readonly maxWaiting: number,
  ) {
    this.#free = fifos.map((fifo) => ({ fifo }));
  }

  /** Waits for a place; rejects when the queue is full, or with QUERY_WAS_CANCELLED when `signal` fires first. */
  acquire(signal: AbortSignal): Promise<Slot> {
    const free = this.#free.pop();
    if (free) return Promise.resolve(free);
    if (this.#waiting.length >= this.maxWaiting) {
      const reason = `Too many simultaneous queries. ${this.#waiting.length} are waiting already.`;
      return Promise.reject(clickHouseError('TOO_MANY_SIMULTANEOUS_QUERIES', reason));
    }
    return new Promise((resolve, reject) => {
      const entry = { take: resolve, refuse: reject };
      this.#waiting.push(entry);
      signal.addEventListener('abort', () => {
        const index = this.#waiting.indexOf(entry);
        if (index < 0) return;
        this.#waiting.splice(index, 1);
        reject(clickHouseError('QUERY_WAS_CANCELLED', 'Query was cancelled while it waited for its turn.'));
      });
    });
  }

  release(slot: Slot): void {
    const next = this.#waiting.shift();
    if (next) next.take(slot);
    else this.#free.push(slot);
  }
}
