import { type Channel, type EventType } from '../events.js';
import type { IndexedRandom } from './random.js';

/** What the shop of the lab looks like: how many people, which pages, how often what happens. */

const USERS = 10_000;
const PRODUCTS = 500;

interface Choice<T> {
  value: T;
  weight: number;
}

/** A table of 1000 places for choices whose weights add up to 1000: one look-up a draw. */
function thousand<T>(...choices: readonly Choice<T>[]): readonly T[] {
  const table = choices.flatMap(({ value, weight }) => Array.from({ length: weight }, () => value));
  if (table.length !== 1000) throw new RangeError(`weights add up to ${table.length}, not 1000`);
  return table;
}

const eventTypeTable = thousand<EventType>(
  { value: 'page_view', weight: 800 },
  { value: 'add_to_cart', weight: 120 },
  { value: 'checkout_started', weight: 45 },
  { value: 'order_placed', weight: 30 },
  { value: 'order_refunded', weight: 5 },
);
const channelTable = thousand<Channel>(
  { value: 'web', weight: 550 },
  { value: 'ios', weight: 250 },
  { value: 'android', weight: 200 },
);
const versionTable = thousand<1 | 2>({ value: 2, weight: 700 }, { value: 1, weight: 300 });
const referrerTable = thousand(
  { value: '', weight: 400 },
  { value: 'https://www.google.com/', weight: 300 },
  { value: 'https://news.example.com/', weight: 120 },
  { value: 'https://social.example.org/', weight: 120 },
  { value: 'newsletter', weight: 60 },
);

const products = Array.from({ length: PRODUCTS }, (_, n) => `/product/${n + 1}`);
const pageTable = thousand(
  { value: '/', weight: 200 },
  { value: '/search', weight: 120 },
  { value: '/category/new', weight: 100 },
  { value: '/category/sale', weight: 80 },
  ...products.map((value) => ({ value, weight: 1 })),
);

function pick<T>(table: readonly T[], random: IndexedRandom): T {
  return table[random.below(table.length)] as T;
}

export const pickEventType = (random: IndexedRandom): EventType => pick(eventTypeTable, random);
export const pickChannel = (random: IndexedRandom): Channel => pick(channelTable, random);
export const pickVersion = (random: IndexedRandom): 1 | 2 => pick(versionTable, random);
export const pickReferrer = (random: IndexedRandom): string => pick(referrerTable, random);

export function pickPage(eventType: EventType, random: IndexedRandom): string {
  if (eventType === 'checkout_started') return '/checkout';
  return eventType === 'add_to_cart' ? pick(products, random) : pick(pageTable, random);
}

/** A user's number, skewed by a cube: one in a hundred users makes about a fifth of the traffic. */
export function pickUser(random: IndexedRandom): number {
  const unit = random.unit();
  return Math.floor(USERS * unit * unit * unit);
}

/** An amount as JSON text with two decimals, 0.99 to 499.99, small ones more often. */
export function pickAmount(random: IndexedRandom): string {
  const unit = random.unit();
  const cents = 99 + Math.floor(unit * unit * 49_901);
  const rest = cents % 100;
  return `${(cents - rest) / 100}.${rest < 10 ? '0' : ''}${rest}`;
}
