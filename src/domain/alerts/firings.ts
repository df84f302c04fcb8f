import type { AlertRecord, Evidence, Severity } from './record.js';
import type { ClosedWindows, NotJudged } from './recorded.js';

/** An alert of a rule on windows, from its firing to its end. Times are of event time, epoch milliseconds. */
export interface Firing {
  alertId: string;
  rule: string;
  severity: Severity;
  labels: Readonly<Record<string, string>>;
  /** The start of the first bad window. */
  startedAt: number | null;
  /** The end of the window by which it fired. */
  firedAt: number;
  /** The end of the window by which it resolved; null while it fires. */
  resolvedAt: number | null;
  resolution: NonNullable<AlertRecord['resolution']> | null;
  unit: Evidence['unit'];
  /** At the moment it fired, as the bounds are. */
  value: number | null;
  low: number | null;
  high: number | null;
  /** The last minutes until then: start and value. */
  points: Evidence['points'];
  /** There where nobody was told. */
  silenced?: true;
}

/** Pairs what fired with what resolved, of records in their order; those of rules on the lab itself are left out. */
export class Firings {
  private readonly byId = new Map<string, Firing>();

  constructor(private readonly windowMs: number) {}

  add(record: AlertRecord): void {
    const { alert_id: alertId, status, evidence } = record;
    if (!evidence || !unitsOfWindows.includes(evidence.unit)) return;
    const endAt = this.lastWindowEnd(evidence);
    const known = this.byId.get(alertId);
    if (status === 'resolved') {
      if (known === undefined || endAt === undefined) return;
      this.byId.set(alertId, { ...known, resolvedAt: endAt, resolution: record.resolution ?? null });
    } else if (known === undefined && endAt !== undefined)
      this.byId.set(alertId, firingOf(record, evidence, endAt));
  }

  get all(): Firing[] {
    return [...this.byId.values()].sort((a, b) => a.firedAt - b.firedAt);
  }

  /** The clock says when it was noticed; which window it was is the same whenever that was. */
  private lastWindowEnd({ points }: Evidence): number | undefined {
    const last = points.at(-1);
    return last === undefined ? undefined : last[0] + this.windowMs;
  }
}

const unitsOfWindows: readonly Evidence['unit'][] = ['share', 'per_minute', 'money', 'events'];

function firingOf(record: AlertRecord, evidence: Evidence, firedAt: number): Firing {
  const { alert_id: alertId, rule, severity, labels, started_at: startedAt = null } = record;
  const { unit, value, low, high, points } = evidence;
  return {
    ...{ alertId, rule, severity, labels, startedAt, firedAt, resolvedAt: null, resolution: null },
    ...{ unit, value, low, high, points },
    ...(record.silenced === true ? { silenced: true } : {}),
  };
}

/** What would fire now. Whom it would be sent to nobody asks. */
export interface ReplayedFiring extends Firing {
  /** Whether an alert of the same id was fired then. */
  comparison: 'as_it_was' | 'new';
  recorded: (Pick<Firing, 'firedAt' | 'resolvedAt' | 'resolution'> & { silenced: boolean }) | null;
}

/** The `--json` of `alerts replay`. */
export interface AlertsReplay {
  /** The file of rules. */
  file: string;
  sinceMs: number;
  untilMs: number;
  windows: ClosedWindows;
  firings: ReplayedFiring[];
  /** What fired then, and would not now. */
  gone: Firing[];
  comparison: { asItWas: number; new: number; gone: number };
  /** Alerts that a dispatcher fired in the span. */
  recorded: number;
  /** Rules that were judged and fired nothing. */
  silent: string[];
  notJudged: NotJudged[];
}

/**
 * What fires now beside what fired then, in the windows that were judged. An alert that began before them is known by its
 * id, and is neither new nor gone.
 */
export function compared(
  now: readonly Firing[],
  then: readonly Firing[],
  { fromMs, untilMs }: ClosedWindows,
): Pick<AlertsReplay, 'firings' | 'gone' | 'comparison' | 'recorded'> {
  const isWithin = (firing: Firing | undefined): boolean =>
    firing !== undefined && firing.firedAt > (fromMs ?? Infinity) && firing.firedAt <= (untilMs ?? -Infinity);
  const recorded = new Map(then.map((firing) => [firing.alertId, firing]));
  const firings = now
    .filter((firing) => isWithin(firing) || isWithin(recorded.get(firing.alertId)))
    .map((firing) => replayedOf(firing, recorded.get(firing.alertId)));
  const found = new Set(now.map(({ alertId }) => alertId));
  const gone = then.filter((firing) => isWithin(firing) && !found.has(firing.alertId));
  const asItWas = firings.filter(({ comparison }) => comparison === 'as_it_was').length;
  return {
    firings,
    gone,
    comparison: { asItWas, new: firings.length - asItWas, gone: gone.length },
    recorded: then.filter(isWithin).length,
  };
}

function replayedOf(firing: Firing, then: Firing | undefined): ReplayedFiring {
  if (then === undefined) return { ...firing, comparison: 'new', recorded: null };
  const { firedAt, resolvedAt, resolution } = then;
  const recorded = { firedAt, resolvedAt, resolution, silenced: then.silenced ?? false };
  return { ...firing, comparison: 'as_it_was', recorded };
}
