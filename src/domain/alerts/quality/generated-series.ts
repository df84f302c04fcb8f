import { exp, ln, normalQuantile } from '../../traffic/maths.js';
import { deriveKey, IndexedRandom } from '../../traffic/random.js';

/** A stretch of minutes with something wrong in it. */
export interface Anomaly {
  from: number;
  /** One past the last. */
  to: number;
  /** What orders are multiplied by. */
  factor: number;
}

/** Minutes of revenue, made by a seed, with what is wrong in them. */
export interface GeneratedSeries {
  /** In whole currency units; null where no traffic was at all. */
  revenue: readonly (number | null)[];
  orders: readonly number[];
  anomalies: readonly Anomaly[];
}

/** How much is usual at a minute, relative to the mean; null for no traffic. */
type Shape = (minute: number, random: IndexedRandom) => number | null;

const DAY = 1_440;

export const shapes = {
  /** Orders come by chance, their number is Poisson's. */
  steady: () => 1,
  /** Besides, the rate itself is off by 15 % from minute to minute. */
  noise: (_, random) => exp(0.15 * gaussian(random)),
  /** Doubles in four hours, falls back in the next four. */
  trend: (minute) => 1 + Math.abs(((minute / 240 + 1) % 2) - 1),
  /** From 40 % at night to 160 % by day. */
  wave: (minute) => 1 + 0.6 * Math.sin((2 * Math.PI * minute) / DAY),
  /** Half a minute in a hundred begins a hole of eight minutes; the rate is off by 5 %. */
  holes: (minute, random) => (minute % 97 < 8 ? null : exp(0.05 * gaussian(random))),
  /** A twentieth of the orders. */
  few: () => 0.05,
} as const satisfies Record<string, Shape>;
export type ShapeName = keyof typeof shapes;

/** Ends of what was wrong: far enough apart for the band to recover. */
const SPACING = 60;
const factors = [0.1, 0.5, 3, 0, 0.3, 2];
const lengths = [2, 5, 1, 3, 10, 4];

/** A day, or `minutes`, with `ordersPerMinute` on average. */
export function generatedSeries(
  shape: ShapeName,
  seed: number,
  options: { ordersPerMinute?: number; minutes?: number; withAnomalies?: boolean } = {},
): GeneratedSeries {
  const { ordersPerMinute = 600, minutes = DAY, withAnomalies = true } = options;
  const random = new IndexedRandom(deriveKey(71, seed));
  const shift = seed * 131;
  const anomalies = withAnomalies ? anomaliesOf(random, minutes) : [];
  const orders: number[] = [];
  const revenue = Array.from({ length: minutes }, (_, minute) => {
    random.seek(minute + 1);
    const usual = shapes[shape](minute + shift, random);
    const factor = anomalies.find(({ from, to }) => from <= minute && minute < to)?.factor ?? 1;
    const count = usual === null ? 0 : poisson(random, ordersPerMinute * usual * factor);
    orders.push(count);
    return usual === null ? null : sumOfAmounts(random, count);
  });
  return { revenue, orders, anomalies: anomalies.filter((anomaly) => isSeen(anomaly, revenue)) };
}

function anomaliesOf(random: IndexedRandom, minutes: number): Anomaly[] {
  random.seek(0);
  const anomalies: Anomaly[] = [];
  for (let from = SPACING + random.below(20); from + 10 < minutes; from += SPACING + random.below(30)) {
    const to = from + (lengths[random.below(lengths.length)] ?? 1);
    anomalies.push({ from, to, factor: factors[random.below(factors.length)] ?? 1 });
  }
  return anomalies;
}

/** One that lies in a hole altogether cannot be found by anybody. */
function isSeen({ from, to }: Anomaly, revenue: readonly (number | null)[]): boolean {
  return revenue.slice(from, to).some((value) => value !== null);
}

function gaussian(random: IndexedRandom): number {
  return normalQuantile((random.word() + 0.5) / 4_294_967_296);
}

/** By exponential gaps for few, by the normal approximation for many. */
function poisson(random: IndexedRandom, mean: number): number {
  if (mean > 200) return Math.max(0, Math.round(mean + Math.sqrt(mean) * gaussian(random)));
  let count = -1;
  for (let time = 0; time <= mean; count++) time -= ln((random.word() + 0.5) / 4_294_967_296);
  return count;
}

/** Amounts are log-normal: a median of 40, a tenth of them above 110. */
function sumOfAmounts(random: IndexedRandom, count: number): number {
  let sum = 0;
  for (let n = 0; n < count; n++) sum += 40 * exp(0.8 * gaussian(random));
  return Math.round(sum * 100) / 100;
}
