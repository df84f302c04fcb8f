import { Column } from './event-ids.js';

/** Which replays counted an event, by the number of its id. Nearly always it is one, and only further ones take a list. */
export class EventReplays {
  private readonly carried = new Column((length) => new Uint16Array(length));
  /** Number of the first replay plus one. */
  private readonly firsts = new Column((length) => new Int32Array(length));
  private readonly further = new Map<number, Set<number>>();
  /** Ids with capitals, which their bits do not give back. */
  private readonly names = new Map<number, string>();

  /** There is a replayed record of the event. */
  carry(entry: number): void {
    this.carried.set(entry, 1);
  }

  carries(entry: number): boolean {
    return this.carried.get(entry) !== 0;
  }

  /** False when that replay has counted the event already. */
  add(entry: number, replay: number): boolean {
    const first = this.firsts.get(entry) - 1;
    if (first < 0) this.firsts.set(entry, replay + 1);
    if (first < 0 || first === replay) return first < 0;
    const further = this.further.get(entry) ?? new Set();
    const isNew = !further.has(replay);
    this.further.set(entry, further.add(replay));
    return isNew;
  }

  of(entry: number): number[] {
    const first = this.firsts.get(entry) - 1;
    return first < 0 ? [] : [first, ...(this.further.get(entry) ?? [])];
  }

  name(entry: number, eventId: string): void {
    if (/[A-F]/.test(eventId)) this.names.set(entry, eventId);
  }

  nameOf(entry: number): string | undefined {
    return this.names.get(entry);
  }
}
