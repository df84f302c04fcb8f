import type { JournalKey } from './journal.js';

const PAGE = 65_536;
/** Above every page of a partition, and small enough that partition and page are exact as one number. */
const PAGES = 2 ** 37;

/** A number for each place of a topic, 0 where none was set; in pages, since offsets may begin anywhere. */
export class PlaceNumbers {
  private readonly pages = new Map<number, Page>();

  get(partition: number, offset: number): number {
    return this.pages.get(pageOf(partition, offset))?.numbers[offset % PAGE] ?? 0;
  }

  set(partition: number, offset: number, value: number): void {
    const number = pageOf(partition, offset);
    let page = this.pages.get(number);
    if (page === undefined) {
      page = { partition, first: offset - (offset % PAGE), numbers: new Uint32Array(PAGE) };
      this.pages.set(number, page);
    }
    page.numbers[offset % PAGE] = value;
  }

  /** The places that have a number. */
  *entries(): Generator<JournalKey> {
    for (const { partition, first, numbers } of this.pages.values()) {
      for (let n = 0; n < PAGE; n++) if (numbers[n] !== 0) yield { partition, offset: first + n };
    }
  }
}

interface Page {
  partition: number;
  first: number;
  numbers: Uint32Array;
}

function pageOf(partition: number, offset: number): number {
  return partition * PAGES + Math.floor(offset / PAGE);
}
