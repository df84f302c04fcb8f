import type { Channel, EventType } from '../events.js';
import { logNormal } from './quantiles.js';
import type { IndexedRandom } from './random.js';

/** What the shop of the lab looks like: how many people, which pages, how often what happens. */

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

const channelTable = thousand<Channel>(
  { value: 'web', weight: 550 },
  { value: 'ios', weight: 250 },
  { value: 'android', weight: 200 },
);
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

/** The device of a session. @param word a 32-bit hash of the session */
export const channelOf = (word: number): Channel => channelTable[word % channelTable.length] ?? 'web';
export const pickReferrer = (random: IndexedRandom): string => pick(referrerTable, random);

export function pickPage(eventType: EventType, random: IndexedRandom): string {
  if (eventType === 'checkout_started') return '/checkout';
  return eventType === 'add_to_cart' ? pick(products, random) : pick(pageTable, random);
}

const MEDIAN_CENTS = 3_500;
const AMOUNT_SIGMA = 0.9;
const [MIN_CENTS, MAX_CENTS] = [99, 499_999];

/** An amount as JSON text with two decimals: log-normal about 35.00, nine in ten between 8 and 154, never over 4999.99. */
export function amountOf(unit: number): string {
  const drawn = Math.round(logNormal(unit, MEDIAN_CENTS, AMOUNT_SIGMA));
  const cents = Math.min(MAX_CENTS, Math.max(MIN_CENTS, drawn));
  const rest = cents % 100;
  return `${(cents - rest) / 100}.${rest < 10 ? '0' : ''}${rest}`;
}
