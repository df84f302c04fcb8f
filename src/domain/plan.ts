/** One thing that a command would do to a lab, or did. */
export interface PlannedStep {
  /** A verb and its object, such as `create container streamlab-default-kafka-1`. */
  what: string;
  /** Why, as the end of a sentence: `it does not exist`. */
  because: string;
}

/** What a command would do, and what a person should know beforehand. */
export interface Plan {
  steps: readonly PlannedStep[];
  /** A sentence each, such as which port is moved. */
  notices: readonly string[];
}

/** The plan as people read it, one step a line. */
export function planLines(steps: readonly PlannedStep[]): string[] {
  if (steps.length === 0) return ['Nothing to do: everything is there and runs.'];
  const width = Math.max(...steps.map(({ what }) => what.length));
  return steps.map(({ what, because }) => `${what.padEnd(width)}  because ${because}`);
}
