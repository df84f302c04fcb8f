import { measurementsOf } from '../domain/pipeline/metrics.js';
import { observed } from '../domain/pipeline/reducer.js';
import type { LabFacts, Observation } from '../domain/pipeline/samples.js';
import { nothingSeen, type PipelineState } from '../domain/pipeline/state.js';
import { pipelineView, type PipelineView } from '../domain/pipeline/view.js';
import { reasonOf, StreamlabError } from '../errors.js';
import { collect, idleCollector, type CollectorStatus, type CollectTools } from './collect.js';

/** A running lab as it is reached now. */
export interface WatchedLab {
  facts: LabFacts;
  /** Looks at every system until the signal is aborted. */
  observe(
    emit: (observation: Observation) => void,
    signal: AbortSignal,
    slowness: () => number,
  ): Promise<void>;
  write: CollectTools['write'];
  /** Whether it is still reached in this way, and its job set so. */
  isCurrent(): Promise<boolean>;
  close(): Promise<void>;
}

export interface WatchTools {
  /** @throws StreamlabError where it does not run, or cannot be reached */
  open: () => Promise<WatchedLab>;
  /** How many times slower than usual to look while somebody does; 1 where it is absent. */
  slowness?: number;
  /** Whether measuring is left to another process. */
  isMeasuredElsewhere: () => Promise<boolean>;
  clock: CollectTools['clock'];
  say: (sentence: string) => void;
  /** Receives what broke the watching off and is no StreamlabError; it begins anew. */
  onDefect: (error: unknown) => void;
  signal: AbortSignal;
}

/** Measuring is what goes on when nobody looks at the page, and needs no more than a look a batch. */
const unwatched = { slowness: 2.5, afterMs: 30_000 };
const retryMs = 2_000;
const lookAgainMs = 10_000;

/**
 * Watches a lab for as long as the signal lasts, also while it is down and up again, at another port or with another job, and
 * writes what it measures.
 */
export class LabWatch {
  private state: PipelineState | undefined;
  private collected = idleCollector;
  private failure: string | undefined;
  private viewedAt = -Infinity;

  constructor(private readonly tools: WatchTools) {}

  /**
   * What people see of it; while they look, the lab is looked at more often. Undefined while it cannot be watched: `trouble`
   * says why.
   */
  view(): PipelineView | undefined {
    const state = this.seen();
    return state === undefined ? undefined : pipelineView(state, this.viewedAt);
  }

  /** All that was seen of it, for whoever makes something else of that than people are shown. */
  seen(): PipelineState | undefined {
    this.viewedAt = this.tools.clock.now();
    return this.state;
  }

  get trouble(): string | undefined {
    return this.failure;
  }

  get collector(): CollectorStatus {
    return this.collected;
  }

  async run(): Promise<void> {
    const { clock, signal } = this.tools;
    while (!signal.aborted) {
      const lab = await this.open();
      const isOver = lab !== undefined && (await this.watched(lab));
      if (!isOver) await clock.sleep(retryMs, signal).catch(() => undefined);
    }
  }

  /** @returns false if the watching broke off, and not because the lab has changed */
  private async watched(lab: WatchedLab): Promise<boolean> {
    try {
      await this.watch(lab);
      return true;
    } catch (error) {
      this.failure = reasonOf(error);
      if (error instanceof StreamlabError) this.tools.say(`Watching broke off: ${reasonOf(error)}`);
      else this.tools.onDefect(error);
      return false;
    } finally {
      await lab.close().catch(this.tools.onDefect);
    }
  }

  private async open(): Promise<WatchedLab | undefined> {
    const { open, say } = this.tools;
    try {
      const lab = await open();
      this.failure = undefined;
      say(`Watching the lab "${lab.facts.lab}" on the runtime ${lab.facts.runtime}.`);
      return lab;
    } catch (error) {
      if (this.failure === undefined) say(reasonOf(error));
      this.failure = reasonOf(error);
      this.state = undefined;
      return undefined;
    }
  }

  private async watch(lab: WatchedLab): Promise<void> {
    const { clock, say, isMeasuredElsewhere, slowness = 1 } = this.tools;
    const over = new AbortController();
    const signal = AbortSignal.any([this.tools.signal, over.signal]);
    let state = nothingSeen(lab.facts);
    const emit = (observation: Observation): void => {
      state = observed(state, observation);
      this.state = state;
    };
    const measure = async () =>
      (await isMeasuredElsewhere()) ? [] : measurementsOf(pipelineView(state, clock.now()));
    const onStatus = (status: CollectorStatus): void => {
      this.collected = status;
    };
    const whole = [
      lab.observe(emit, signal, () =>
        clock.now() - this.viewedAt < unwatched.afterMs ? slowness : unwatched.slowness,
      ),
      collect({ measure, write: lab.write, clock, onStatus, say, signal }, this.collected),
    ];
    try {
      await Promise.race([this.untilChanged(lab, signal), ...whole]);
    } finally {
      over.abort();
      // Nothing of it is under way when the lab is closed.
      await Promise.allSettled(whole);
    }
  }

  private async untilChanged(lab: WatchedLab, signal: AbortSignal): Promise<void> {
    do await this.tools.clock.sleep(lookAgainMs, signal).catch(() => undefined);
    while (!signal.aborted && (await lab.isCurrent()));
  }
}
