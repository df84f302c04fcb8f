import { Column } from '../ledger/event-ids.js';
import { outcome } from './outcomes.js';

const codeBits = 0b111;
const claimedBit = 0b1000;
const countShift = 4;
const maxCount = 2;

/**
 * How many copies of each event were counted or came too late. Which of several copies that is the pipeline may
 * choose; it must be exactly one. Two bytes an id.
 */
export class Passes {
  private readonly states = new Column((length) => new Uint16Array(length));

  /** Books a copy. False when another was booked before, so that the event is there twice. */
  add(id: number, code: number): boolean {
    const state = this.states.get(id);
    const count = state >>> countShift;
    // That a copy was counted is only supposed where nothing else is known: what is known comes before it.
    if (count > 0 && code === outcome.counted) return true;
    const isFirst = count === 0 || (state & codeBits) === outcome.counted;
    const now = isFirst ? 1 : maxCount;
    const kept = isFirst ? code : state & codeBits;
    this.states.set(id, (now << countShift) | kept);
    return isFirst;
  }

  /** A replay of its dead letter counts. */
  carry(id: number): void {
    const state = this.states.get(id);
    const count = state >>> countShift;
    if (count > 0 && (state & codeBits) !== outcome.tooLate) return;
    this.states.set(id, (Math.max(1, count) << countShift) | (state & claimedBit) | outcome.replayed);
  }

  /** What became of the event: of its one copy, or the first of several; `nowhere` when none was booked. */
  of(id: number): number {
    const state = this.states.get(id);
    return state >>> countShift === 0 ? outcome.nowhere : state & codeBits;
  }

  isTwice(id: number): boolean {
    return this.states.get(id) >>> countShift > 1;
  }

  /** True for the first entry of an id that asks: it stands for the event, the others are its copies. */
  claim(id: number): boolean {
    const state = this.states.get(id);
    this.states.set(id, state | claimedBit);
    return (state & claimedBit) === 0;
  }
}
