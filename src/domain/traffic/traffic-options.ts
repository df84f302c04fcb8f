import type { ArrivalLimits } from './arrivals.js';
import type { LatenessModel } from './lateness.js';
import type { TrafficPlan } from './plan.js';

/** What traffic is made from, whether it is made up or comes from a file. */
export interface TrafficOptions {
  plan: TrafficPlan;
  /** A whole number, 0 to 2^53 - 1. */
  seed: number;
  limits: ArrivalLimits;
  lateness: LatenessModel;
  /** The highest event time that the lab saw before, epoch milliseconds. */
  priorMs?: number | undefined;
  maxFutureSkewMs: number;
  dedupeHorizonMs: number;
  /** Of the raw topic. */
  partitions: number;
}
