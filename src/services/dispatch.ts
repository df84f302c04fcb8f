import type { DispatchStore } from '../adapters/files/dispatch-store.js';
import {
  dispatchStep,
  newDispatchState,
  type DispatchInput,
  type DispatchNews,
  type DispatchSettings,
  type DispatchState,
} from '../domain/alerts/dispatcher.js';
import { blindness, jobLook, labSample } from '../domain/alerts/lab-sample.js';
import { livingSilences, type Silence } from '../domain/alerts/silences.js';
import { afterLook, afterRead, nothingVisible, type Visibility } from '../domain/alerts/visible-watermark.js';
import type { PipelineState } from '../domain/pipeline/state.js';
import { reasonOf, StreamlabError, type ErrorCode } from '../errors.js';
import { alertSources, type AlertSource, type AlertTopics, type Positions } from './alert-topics.js';
import type { Delivery } from './deliver.js';

/** A lab as the dispatcher reaches it now. */
export interface DispatchLab {
  topics: AlertTopics;
  /** Where people look; undefined where the lab has no page. */
  link: string | undefined;
}

export interface DispatchParts {
  /** @throws StreamlabError where the lab does not run, or cannot be reached; LOCKED where another dispatcher took over */
  open: () => Promise<DispatchLab>;
  store: DispatchStore;
  delivery: Pick<Delivery, 'accept'>;
  /** What was last seen of the lab. */
  look: () => PipelineState | undefined;
  silences: () => Promise<readonly Silence[]>;
  settings: Omit<DispatchSettings, 'link'>;
  /** Tell also what fired so long ago; undefined for nothing of before the first start. Milliseconds. */
  sinceMs: number | undefined;
  clock: { now: () => number; sleep: (ms: number, signal: AbortSignal) => Promise<void> };
  onNews: (news: DispatchNews) => void;
  /** Receives what a person should know of the dispatcher itself, a sentence each. */
  say: (sentence: string) => void;
}

const tickMs = 500;
const retryMs = 2_000;
/** What was read is noted at least so often. Whoever is killed between reads it again, and finds the same. */
const saveEveryMs = 5_000;
/** What a first start looks back upon, to compare with: as far as rules do by default, twice. */
const contextMs = 2 * 3_600_000;
/** What is asked of Kafka when the signal is aborted may still be answered for so long. */
const graceMs = 2_000;

/** What goes away and comes back: the lab is waited for. */
const passing: readonly ErrorCode[] = [
  'LAB_NOT_RUNNING',
  'SERVICE_UNREACHABLE',
  'SERVICE_FAILED',
  'TIMED_OUT',
  'TOPIC_MISSING',
];

/**
 * Judges what the lab's topics and systems say, and hands on what people are to be told, until the signal is aborted. The
 * order matters: what is to be told is on disk in the state, then in the outbox, then on the topic, and only then
 * taken out of the state; so whenever it is killed, the next one goes on, and nothing is lost.
 */
export class Dispatcher {
  private state: DispatchState | undefined;
  private lab: DispatchLab | undefined;
  /** Behind what the state says, where only markers of transactions came since. */
  private positions: Positions | undefined;
  private visibility: Visibility = nothingVisible;
  private lookedAt = -Infinity;
  private savedAt = -Infinity;
  private saved: DispatchState | undefined;
  private trouble: string | undefined;
  private silencesTrouble: string | undefined;
  private blind: string | undefined;
  private isCommitting = true;
  private isGivenUp = false;

  constructor(private readonly parts: DispatchParts) {}

  /** @throws StreamlabError INVALID_FILE for a state that cannot be read, LOCKED where another dispatcher took over */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, store } = this.parts;
    this.state = await store.load();
    if (this.state !== undefined && this.parts.sinceMs !== undefined)
      this.parts.say('--since is for a first start: this one goes on where the last one stopped.');
    let grace: NodeJS.Timeout | undefined;
    const stop = (): void => {
      // A Kafka that hangs answers no earlier than its client gives up, and people do not wait for that.
      grace ??= setTimeout(() => {
        this.isGivenUp = true;
        void this.lab?.topics.close();
      }, graceMs);
    };
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    try {
      while (!signal.aborted) {
        const isWell = await this.tick(signal);
        await clock.sleep(isWell ? tickMs : retryMs, signal);
      }
    } finally {
      // Without the lock the files are another's by now, or shall be gone.
      if (!isLocked(signal.reason)) {
        await this.save(true).catch((error: unknown) => {
          this.parts.say(`Warning: ${reasonOf(error)}`);
        });
      }
      await this.lab?.topics.close();
      signal.removeEventListener('abort', stop);
      clearTimeout(grace);
    }
  }

  /** @returns false where something is to be waited for */
  private async tick(signal: AbortSignal): Promise<boolean> {
    try {
      await this.catchUp(signal);
      await this.judge();
      await this.handOn(signal);
      await this.save(false);
      this.recovered();
      return true;
    } catch (error) {
      if (signal.aborted) return true;
      await this.failed(error);
      // What does not need the lab goes on without it.
      if (this.state !== undefined) {
        await this.judge()
          .then(() => this.tell(signal))
          .catch(this.waitFor);
      }
      return false;
    }
  }

  /** Reads all topics to their ends, and then as much of event time as those ends hold. */
  private async catchUp(signal: AbortSignal): Promise<void> {
    if (this.lab === undefined) {
      this.lab = await this.parts.open();
      await this.begin(this.lab.topics, signal);
    }
    const look = this.parts.look();
    const job = look === undefined ? undefined : jobLook(look);
    // Not `>`: a clock that was set back would hide every look until it is where it was.
    if (job !== undefined && job.at !== this.lookedAt) {
      this.lookedAt = job.at;
      this.visibility = afterLook(this.visibility, job);
    }
    const endsAt = this.parts.clock.now();
    for (const source of alertSources) await this.read(source, this.lab.topics, signal);
    this.visibility = afterRead(this.visibility, endsAt);
    const { watermark } = this.visibility;
    if (watermark !== null && watermark > (this.stateNow().engine.watermark ?? -Infinity))
      this.step({ kind: 'watermark', watermark });
  }

  private async begin(topics: AlertTopics, signal: AbortSignal): Promise<void> {
    const now = this.parts.clock.now();
    const topicIds = await topics.ids();
    const known = this.state?.topicIds ?? {};
    if (alertSources.some((source) => known[source] !== undefined && known[source] !== topicIds[source]))
      await this.renew(signal);
    if (this.state === undefined) {
      const { sinceMs } = this.parts;
      const since = sinceMs === undefined ? undefined : now - sinceMs;
      const { alerts, ...positions } = await topics.beginning((since ?? now) - contextMs, since);
      const fresh = newDispatchState(since ?? now);
      this.state = { ...fresh, topicIds, alertsRead: alerts, engine: { ...fresh.engine, positions } };
      this.positions = undefined;
    }
    this.positions ??= positionsOf(this.state);
  }

  /** What was to be told is still to be told; of the new topics, nothing of the old ones is known to be visible. */
  private async renew(signal: AbortSignal): Promise<never> {
    await this.tell(signal);
    signal.throwIfAborted();
    this.state = undefined;
    this.visibility = nothingVisible;
    throw new StreamlabError('TOPIC_MISSING', 'The topics were made anew: the alerts begin anew, too.');
  }

  private async read(source: AlertSource, topics: AlertTopics, signal: AbortSignal): Promise<void> {
    const before = this.positions ?? positionsOf(this.stateNow());
    const { ranges, lost, renewed } = await topics.news(source, before);
    if (renewed.length > 0) await this.renew(signal);
    for (const { partition, count } of lost)
      this.parts.say(
        `Warning: up to ${String(count)} ${source} of partition ${String(partition)} were deleted before they were read.`,
      );
    for await (const input of topics.read(source, ranges, signal)) this.step(input);
    const ends = ranges.map(({ partition, to }) => [String(partition), to] as const);
    this.positions = { ...before, [source]: { ...before[source], ...Object.fromEntries(ends) } };
  }

  /** What the lab says of itself, and what time brings. */
  private async judge(): Promise<void> {
    const { clock, look } = this.parts;
    const given = livingSilences(await this.silences(), clock.now());
    if (JSON.stringify(given) !== JSON.stringify(this.stateNow().engine.silences))
      this.step({ kind: 'silences', silences: given });
    const seen = look();
    this.tellBlindness(blindness(seen, clock.now()));
    if (seen !== undefined) this.step({ kind: 'sample', sample: labSample(seen, clock.now()) });
    this.step({ kind: 'tick' });
  }

  private tellBlindness(sentence: string | undefined): void {
    // The failure itself may change from look to look.
    const what = sentence?.replace(/\(.*\)/, '');
    if (what === this.blind) return;
    this.blind = what;
    this.parts.say(sentence === undefined ? 'Windows are judged again.' : `Warning: ${sentence}.`);
  }

  /** Somebody may have the file in an editor: then those of before hold, and everything else goes on. */
  private async silences(): Promise<readonly Silence[]> {
    try {
      const given = await this.parts.silences();
      this.silencesTrouble = undefined;
      return given;
    } catch (error) {
      if (!(error instanceof StreamlabError)) throw error;
      if (error.message !== this.silencesTrouble)
        this.parts.say(`Warning: ${error.message} Until it is mended, the silences of before hold.`);
      this.silencesTrouble = error.message;
      return this.stateNow().engine.silences;
    }
  }

  private async handOn(signal: AbortSignal): Promise<void> {
    await this.tell(signal);
    const { toWrite } = this.stateNow();
    if (toWrite.length === 0 || this.lab === undefined) return;
    await this.lab.topics.write(toWrite, signal);
    this.state = { ...this.stateNow(), toWrite: [] };
  }

  /**
   * Saved first: an alert keeps its id and its words, however often it is told. What is left when the signal is aborted is
   * told by the next run: thousands take longer than Ctrl-C may.
   */
  private async tell(signal: AbortSignal): Promise<void> {
    const { toTell, toWrite } = this.stateNow();
    if (toTell.length === 0 && toWrite.length === 0) return;
    await this.saveNow();
    let told = 0;
    for (; told < toTell.length && !signal.aborted; told += 1) {
      const next = toTell[told];
      if (next !== undefined) await this.parts.delivery.accept(next);
    }
    this.state = { ...this.stateNow(), toTell: toTell.slice(told) };
  }

  private async save(isLast: boolean): Promise<void> {
    // Also where the clock was set back.
    const isDue = isLast || Math.abs(this.parts.clock.now() - this.savedAt) >= saveEveryMs;
    if (!isDue || this.state === undefined || this.state === this.saved) return;
    await this.saveNow();
    if (this.positions !== undefined && !this.isGivenUp)
      await this.lab?.topics.commit(this.positions).catch(this.uncommitted);
  }

  /** Whoever may not commit still goes on by the state. */
  private readonly uncommitted = (error: unknown): void => {
    if (!this.isCommitting || this.isGivenUp) return;
    this.isCommitting = false;
    this.parts.say(`Warning: how far the alerts are read is not noted in Kafka: ${reasonOf(error)}`);
  };

  private async saveNow(): Promise<void> {
    const state = this.stateNow();
    await this.parts.store.save(state);
    this.saved = state;
    this.savedAt = this.parts.clock.now();
  }

  private step(input: DispatchInput): void {
    const settings = { ...this.parts.settings, link: this.lab?.link };
    const { state, news } = dispatchStep(this.stateNow(), input, settings, this.parts.clock.now());
    this.state = state;
    news.forEach(this.parts.onNews);
  }

  private stateNow(): DispatchState {
    if (this.state === undefined) throw new Error('nothing has begun');
    return this.state;
  }

  /** Gives the lab up, to find it again where it is then. */
  private async failed(error: unknown): Promise<void> {
    await this.lab?.topics.close();
    this.lab = undefined;
    this.waitFor(error);
  }

  private readonly waitFor = (error: unknown): void => {
    const isPassing = error instanceof StreamlabError && (passing.includes(error.code) || isDisk(error));
    if (!isPassing) throw error;
    const sentence = reasonOf(error);
    if (sentence !== this.trouble) this.parts.say(`Waiting: ${sentence}`);
    this.trouble = sentence;
  };

  private recovered(): void {
    if (this.trouble !== undefined) this.parts.say('All answers again.');
    this.trouble = undefined;
  }
}

function isLocked(reason: unknown): boolean {
  return reason instanceof StreamlabError && reason.code === 'LOCKED';
}

/** A full disk is waited for as well: nothing is lost meanwhile, and people are told as soon as it can be. */
function isDisk({ code }: StreamlabError): boolean {
  return code === 'DISK_FULL';
}

function positionsOf({ engine, alertsRead }: DispatchState): Positions {
  return { ...engine.positions, alerts: alertsRead };
}
