import { exp } from './maths.js';
import { logNormal } from './quantiles.js';

/** Steps of a session, by their place in `eventTypes`. */
export const step = {
  pageView: 0,
  addToCart: 1,
  checkoutStarted: 2,
  orderPlaced: 3,
  orderRefunded: 4,
} as const;
export const END = -1;

interface Way {
  to: number;
  probability: number;
}

/**
 * The walk through the shop: a page is followed by another, by a thing in the cart, or by nothing; a third of the carts
 * come to the till, two thirds of those to an order, a sixth of which is sent back. Of all events that makes 80 % page
 * views, 12 % carts, 4.5 % checkouts, 3 % orders and 0.5 % refunds, of sessions of 6.25 events on average.
 */
const ways: readonly (readonly Way[])[] = [
  [
    { to: step.pageView, probability: 0.74 },
    { to: step.addToCart, probability: 0.15 },
  ],
  [
    { to: step.checkoutStarted, probability: 0.375 },
    { to: step.pageView, probability: 0.4 },
  ],
  [{ to: step.orderPlaced, probability: 2 / 3 }],
  [{ to: step.orderRefunded, probability: 1 / 6 }],
  [],
];

/** How often a session comes by each step, on average; the first page view is one of its five. */
const visits = [5, 0.75, 0.281_25, 0.187_5, 0.031_25] as const;
export const EVENTS_PER_SESSION = visits.reduce((sum, n) => sum + n, 0);

/** Where a step leads, or `END`. @param unit drawn evenly, 0 <= unit < 1 */
export function nextStep(from: number, unit: number): number {
  let rest = unit;
  for (const { to, probability } of ways[from] ?? []) {
    if (rest < probability) return to;
    rest -= probability;
  }
  return END;
}

/** Half of the people think shorter than this before a step, seconds. */
const medianThinkSeconds = [12, 15, 20, 25, 40] as const;
/** Of the logarithm: a few think for minutes. */
const THINK_SIGMA = 1;
const QUANTILES = 1_024;

/** The think time of a median of 1, at evenly spaced quantiles. */
const thinkTable = Float64Array.from({ length: QUANTILES }, (_, n) =>
  logNormal((n + 0.5) / QUANTILES, 1, THINK_SIGMA),
);

/** Time between a session's last step and this one, milliseconds. */
export function thinkMs(before: number, unit: number): number {
  return 1_000 * (medianThinkSeconds[before] ?? 0) * (thinkTable[Math.floor(unit * QUANTILES)] ?? 1);
}

/** Mean of a log-normal variable with median 1. */
const MEAN_THINK = exp((THINK_SIGMA * THINK_SIGMA) / 2);
/** How long sessions wait in all before each step (before a page view: all but the first), seconds. */
const waits = visits.map(
  (n, at) => (at === step.pageView ? n - 1 : n) * (medianThinkSeconds[at] ?? 0) * MEAN_THINK,
);
const WAIT_PER_SESSION = waits.reduce((sum, seconds) => sum + seconds, 0);

/** How many sessions are open at a time when so many events happen each second. */
export function openSessions(eventsPerSecond: number): number {
  return (eventsPerSecond / EVENTS_PER_SESSION) * WAIT_PER_SESSION;
}

/** The step before which an open session waits, at a random moment. */
export function awaitedStep(unit: number): number {
  let rest = unit * WAIT_PER_SESSION;
  for (const [at, seconds] of waits.entries()) {
    if (rest < seconds) return at;
    rest -= seconds;
  }
  return step.pageView;
}

/**
 * How long an open session still waits, at a random moment: a share of a think time, where long ones are met more often
 * (the length-biased log-normal distribution has its median at e^(sigma^2)).
 */
export function remainingThinkMs(before: number, unit: number, share: number): number {
  return thinkMs(before, unit) * LENGTH_BIAS * share;
}
const LENGTH_BIAS = exp(THINK_SIGMA * THINK_SIGMA);
