import { Column } from '../ledger/event-ids.js';
import type { Outcomes } from './outcomes.js';
import { outcome } from './outcomes.js';

const utf8 = new TextDecoder();

interface AuditedPartition {
  codes: Column<Uint16Array>;
  /** First and last offset with a verdict. */
  first: number;
  last: number;
}

/** The verdicts of the audit topic, by the place of the raw record: two bytes a record. */
export class Audit {
  /** Records that are not what the contract says. */
  unreadable = 0;
  records = 0;
  private readonly partitions = new Map<number, AuditedPartition>();

  /** @param isOn the job writes verdicts now: every record after the first audited one must have its own */
  constructor(
    private readonly outcomes: Outcomes,
    private readonly isOn: boolean,
  ) {}

  /** A record of the audit topic. Of several on one raw record the last counts: its job is the one that lives on. */
  add(value: Uint8Array | null): void {
    this.records++;
    const fields = parse(value);
    const code = fields === undefined ? outcome.none : this.outcomes.ofVerdict(fields.verdict, fields.reason);
    if (fields === undefined || code === outcome.none) {
      this.unreadable++;
      return;
    }
    const { partition, offset } = fields;
    let known = this.partitions.get(partition);
    if (known === undefined) {
      known = { codes: new Column((length) => new Uint16Array(length)), first: offset, last: offset };
      this.partitions.set(partition, known);
    }
    known.codes.set(offset, code);
    if (offset < known.first) known.first = offset;
    if (offset > known.last) known.last = offset;
  }

  /** The outcome that the job wrote down, or `none`. */
  at(partition: number, offset: number): number {
    return this.partitions.get(partition)?.codes.get(offset) ?? outcome.none;
  }

  /**
   * Whether a record must have a verdict unless it was dropped. The audit may have been switched on and off in the life
   * of a lab: it is taken to have been on from the first to the last verdict of a partition.
   */
  covers(partition: number, offset: number): boolean {
    const known = this.partitions.get(partition);
    return known !== undefined && offset >= known.first && (this.isOn || offset <= known.last);
  }
}

interface AuditFields {
  partition: number;
  offset: number;
  verdict: string;
  reason: string | null;
}

/** By hand: there is one for every record of a run. */
function parse(value: Uint8Array | null): AuditFields | undefined {
  if (value === null) return undefined;
  try {
    const fields = JSON.parse(utf8.decode(value)) as Readonly<Record<string, unknown>> | null;
    const { source_partition: partition, source_offset: offset, verdict, reason = null } = fields ?? {};
    if (!isPlace(partition) || !isPlace(offset) || typeof verdict !== 'string') return undefined;
    if (reason !== null && typeof reason !== 'string') return undefined;
    return { partition, offset, verdict, reason };
  } catch {
    return undefined;
  }
}

/** Offsets beyond are of no topic that could be verified. */
function isPlace(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 32;
}
