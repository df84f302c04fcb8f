import { Texts } from '../ledger/texts.js';

/** What becomes of a record, as a number of 15 bits. From `firstReason` on: invalid, one number for each reason. */
export const outcome = {
  /** Not known. */
  none: 0,
  onTime: 1,
  late: 2,
  tooLate: 3,
  /** On time or late: without the audit topic the two cannot be told apart. */
  counted: 4,
  /** Dropped, as a copy. */
  duplicate: 5,
  /** Neither counted nor in the dead-letter queue. */
  nowhere: 6,
  replayed: 7,
} as const;
const firstReason = 8;
/** Further reasons, which no lab has, share the last number. */
const lastReason = 0x7fff;

/** The columns of the matrix of verdicts. */
export const outcomeNames = [
  'on_time',
  'late',
  'on_time_or_late',
  'too_late',
  'duplicate',
  'invalid',
  'other_reason',
  'nowhere',
  'replayed',
] as const;
export type OutcomeName = (typeof outcomeNames)[number];

const byCode: readonly OutcomeName[] = [
  'nowhere',
  'on_time',
  'late',
  'too_late',
  'on_time_or_late',
  'duplicate',
  'nowhere',
  'replayed',
];
const byVerdict: ReadonlyMap<string, number> = new Map([
  ['on_time', outcome.onTime],
  ['late', outcome.late],
  ['too_late', outcome.tooLate],
  ['duplicate', outcome.duplicate],
  ['replayed', outcome.replayed],
]);

/** Numbers for verdicts with their reasons. */
export class Outcomes {
  private readonly reasons = new Texts();

  /** @param reason null or undefined: for whatever reason */
  ofVerdict(verdict: string, reason: string | null | undefined): number {
    if (verdict === 'invalid') return this.invalid(reason ?? '');
    return byVerdict.get(verdict) ?? outcome.none;
  }

  invalid(reason: string): number {
    return Math.min(firstReason + this.reasons.numberOf(reason), lastReason);
  }

  isInvalid(code: number): boolean {
    return code >= firstReason;
  }

  /** The row of the matrix that an intention belongs to, or the column of an outcome with the reason that was meant. */
  nameOf(code: number): OutcomeName {
    return byCode[code] ?? 'invalid';
  }

  /** Whether both are invalid for one reason; an intention without a reason takes any. */
  sameReason(intent: number, actual: number): boolean {
    if (!this.isInvalid(intent) || !this.isInvalid(actual)) return false;
    return intent === actual || this.reasonOf(intent) === '';
  }

  /** For people: `on_time`, or `invalid (missing_field:page)`. */
  describe(code: number): string {
    if (!this.isInvalid(code)) return this.nameOf(code).replaceAll('_', ' ');
    const reason = this.reasonOf(code);
    return reason === '' ? 'invalid' : `invalid (${reason})`;
  }

  private reasonOf(code: number): string {
    return this.reasons.at(code - firstReason) ?? '';
  }
}
