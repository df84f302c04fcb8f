import type { TrafficPlan } from './plan.js';

/** When the plan ends of itself, in milliseconds of its schedule; undefined: never. */
export function lengthOf(plan: Pick<TrafficPlan, 'phases'>): number | undefined {
  return plan.phases.reduce<number | undefined>(
    (sum, { durationMs }) => (sum === undefined || durationMs === undefined ? undefined : sum + durationMs),
    0,
  );
}
