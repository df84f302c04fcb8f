import type { Differences } from './differences.js';
import type { Manifest } from './manifest.js';
import { outcome, type OutcomeName } from './outcomes.js';
import type { Passes } from './passes.js';
import { addToMatrix, type ManifestResult, type VerdictMatrix } from './result.js';

/** What is known of the entries, by their numbers. */
export interface EntryStates {
  isFound: (entry: number) => boolean;
  /** What became of the record at the entry's place; see `outcome`. */
  actualOf: (entry: number) => number;
  isOwnEvent: (entry: number) => boolean;
  /** A replay of its dead letter counts. */
  isBack: (entry: number) => boolean;
}

type Agreement = 'same' | 'told' | 'wrong';

/**
 * Compares what each found entry was meant to be with what it became. Copies of an event are judged together: one of
 * them stands for the event, whichever that is, and the others must have been dropped.
 */
export class VerdictCheck {
  private readonly matrix: VerdictMatrix = {};
  private readonly judgedOtherwise: VerdictMatrix = {};
  private compared = 0;
  private asIntended = 0;
  private wrong = 0;

  constructor(
    private readonly manifest: Manifest,
    private readonly passes: Passes,
    private readonly differences: Differences,
  ) {}

  run(states: EntryStates): Omit<ManifestResult['verdicts'], 'audited'> {
    // Originals first: they stand for their events.
    for (const isCopy of [false, true]) {
      for (let entry = 0; entry < this.manifest.size; entry++) {
        const intent = this.manifest.intentOf(entry);
        if ((intent === outcome.duplicate) !== isCopy || !states.isFound(entry)) continue;
        const judged = this.actualOf(entry, intent, states);
        const isBack = states.isBack(entry) && this.mayBeReplayed(intent, judged);
        this.book(entry, intent, isBack ? outcome.replayed : judged, states.isOwnEvent(entry));
      }
    }
    const { compared, asIntended, matrix, judgedOtherwise, wrong } = this;
    return { compared, asIntended, matrix, judgedOtherwise, wrong };
  }

  private actualOf(entry: number, intent: number, states: EntryStates): number {
    const own = states.actualOf(entry);
    const id = this.manifest.idOf(entry);
    const { outcomes } = this.manifest;
    const byItself = id < 0 || states.isOwnEvent(entry) || outcomes.isInvalid(intent) || isOutside(own);
    if (byItself || outcomes.isInvalid(own)) return own;
    const standsForEvent = this.passes.claim(id);
    if (this.passes.isTwice(id)) return own;
    return standsForEvent ? this.passes.of(id) : outcome.duplicate;
  }

  /** What a replay brings back: an event that came too late, and a record that was invalid as it was meant to be. */
  private mayBeReplayed(intent: number, judged: number): boolean {
    const { outcomes } = this.manifest;
    return outcomes.isInvalid(intent) ? outcomes.sameReason(intent, judged) : judged === outcome.tooLate;
  }

  private book(entry: number, intent: number, actual: number, isOwnEvent: boolean): void {
    const { outcomes } = this.manifest;
    const intended = outcomes.nameOf(intent);
    const became = outcomes.nameOf(actual);
    const id = this.manifest.idOf(entry);
    const isTwice = id >= 0 && this.passes.isTwice(id) && !isOwnEvent;
    const isOtherReason =
      outcomes.isInvalid(intent) && became === 'invalid' && !outcomes.sameReason(intent, actual);
    const name = isOtherReason ? 'other_reason' : became;
    const agreement = isOtherReason ? 'wrong' : agreementOf(intended, name, isTwice);
    this.compared++;
    addToMatrix(this.matrix, intended, name);
    if (agreement === 'same') this.asIntended++;
    else if (agreement === 'told') addToMatrix(this.judgedOtherwise, intended, name);
    else {
      this.wrong++;
      // That it is counted twice was said where it was seen.
      if (!(isTwice && isEvent(name))) this.addWrong(entry, intent, actual);
    }
  }

  private addWrong(entry: number, intent: number, actual: number): void {
    const { outcomes } = this.manifest;
    const [expected, became] = [outcomes.describe(intent), outcomes.describe(actual)];
    const says =
      actual === outcome.nowhere
        ? `should be ${expected}, and is neither counted nor in the dead-letter queue`
        : `should be ${expected}, and is ${became}`;
    this.differences.addEntry(entry, { kind: 'verdict', expected, actual: became, says });
  }
}

/** A record that is not judged by its event: it went nowhere, or was taken for a replay. */
function isOutside(code: number): boolean {
  return code === outcome.nowhere || code === outcome.replayed;
}

/** What becomes of an event that is not dropped. */
function isEvent(name: OutcomeName): boolean {
  return eventNames.has(name);
}

const eventNames = new Set<OutcomeName>(['on_time', 'late', 'on_time_or_late', 'too_late', 'replayed']);

function agreementOf(intended: OutcomeName, actual: OutcomeName, isTwice: boolean): Agreement {
  if (intended === actual) return 'same';
  if (intended === 'invalid') return actual === 'replayed' ? 'told' : 'wrong';
  if (intended === 'duplicate') return isEvent(actual) && !isTwice ? 'told' : 'wrong';
  if (actual === 'on_time_or_late' && intended !== 'too_late') return 'same';
  // A second original of one id: the first stands for the event.
  if (actual === 'duplicate') return 'told';
  return isEvent(actual) ? 'told' : 'wrong';
}
