import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Outbox } from '../adapters/files/outbox.js';
import type { Channel } from '../adapters/notify/channel.js';
import { deliveryLine, newsLine } from '../domain/alerts/log-line.js';
import type { AlertFile } from '../domain/alerts/rule-file.js';
import { replacedBy } from '../domain/alerts/rule.js';
import type { Config } from '../domain/config.js';
import type { LabConnections } from '../domain/connections.js';
import { MAX_RAW_BYTES, topics } from '../domain/topics.js';
import { WINDOW_MS } from '../domain/traffic/lateness.js';
import { reasonOf, StreamlabError } from '../errors.js';
import type { ChannelState, Delivery } from '../services/deliver.js';
import type { Dispatcher, DispatchLab } from '../services/dispatch.js';
import type { LabWatch } from '../services/lab-watch.js';
import { loadAlertFile } from './alert-rules.js';
import { silencesOf } from './alert-silences.js';
import { watchedLab } from './console.js';
import { openLab } from './lab.js';
import { notifyChannels, type GivenAddress } from './notify.js';
import { rememberedLab } from './runtimes.js';
import { sleep } from './pipeline.js';

export interface AlertsRunCall {
  /** The name or file of rules; undefined for the configured ones, or those that ship with streamlab. */
  rules: string | undefined;
  /** Tell also what fired so long ago, milliseconds. */
  sinceMs: number | undefined;
  /** The address of a channel that was piped in. */
  given: GivenAddress | undefined;
  /** Receives what people are told, a line each. */
  write: (line: string) => void;
  /** Receives what happens besides, a line each. */
  say: (line: string) => void;
  signal: AbortSignal;
}

/** The `--json` of `alerts run`, once it has ended. */
export interface AlertsRunResult {
  lab: string;
  channels: ChannelState[];
}

/** Of all dispatchers on a Kafka, whatever their labs are called: a second one fences the first. */
const transactionalId = 'streamlab-alerts';
/** Twice as often as people look: an alert is due within two checkpoint intervals. */
const slowness = 0.5;
const collapsedEveryMs = 10_000;
/** A killed dispatcher holds the lock for so long. */
const lockMs = 12_000;

/**
 * Judges and tells until the signal is aborted.
 * @throws StreamlabError LAB_NOT_RUNNING at first, INVALID_FILE, INVALID_CONFIG, LOCKED where another one runs
 */
export async function runAlerts(config: Config, call: AlertsRunCall): Promise<AlertsRunResult> {
  const { say, signal } = call;
  const [{ withLock }, { openOutbox }] = await Promise.all([
    import('../adapters/runtime/lab-lock.js'),
    import('../adapters/files/outbox.js'),
  ]);
  const file = await loadAlertFile(config, call.rules);
  const channels = await notifyChannels(call.write, process.env, Date.now, call.given);
  await openLab(config);
  const { store } = await rememberedLab(config);
  const folder = join(store.folders.alerts, 'dispatcher');
  const lost = new AbortController();
  const work = async (): Promise<AlertsRunResult> => {
    const outbox = await openOutbox(join(folder, 'outbox.log'));
    try {
      if (outbox.damagedLines > 0)
        say(
          `Warning: ${String(outbox.damagedLines)} lines of the outbox could not be read, and are left out.`,
        );
      return await dispatch(config, call, { file, channels, outbox, folder, lost: lost.signal });
    } finally {
      await outbox.close();
    }
  };
  return withLock(folder, work, {
    patienceMs: lockMs,
    signal,
    onLost: () => {
      lost.abort();
    },
    onWait: () => {
      say('Another dispatcher of this lab runs, or was killed a moment ago: waiting for it.');
    },
  }).catch((error: unknown) => {
    throw isLocked(error) && !lost.signal.aborted ? anotherRuns(config.lab, error) : error;
  });
}

interface Parts {
  file: AlertFile;
  channels: readonly Channel[];
  outbox: Outbox;
  folder: string;
  /** Aborted when the lock is lost: another one may work on the same files from then on. */
  lost: AbortSignal;
}

async function dispatch(config: Config, call: AlertsRunCall, parts: Parts): Promise<AlertsRunResult> {
  const { say, signal } = call;
  const { file, channels } = parts;
  const over = new AbortController();
  const end = (): void => {
    over.abort(signal.reason);
  };
  if (signal.aborted) end();
  signal.addEventListener('abort', end, { once: true });
  const lose = (): void => {
    over.abort(lockLost(config.lab));
  };
  parts.lost.addEventListener('abort', lose, { once: true });
  const delivery = await openDelivery(call, parts);
  const watch = await watchLab(config, say, over.signal);
  const dispatcher = await openDispatcher(config, call, { ...parts, delivery, watch, signal: over.signal });
  const names = channels.map(({ name }) => name).join(', ');
  const on = file.rules.filter(({ enabled }) => enabled).length;
  say(`${String(on)} of ${String(file.rules.length)} rules of ${file.file} are on; channels: ${names}.`);
  // A defect of one ends them all.
  const work = [dispatcher.run(over.signal), delivery.run(over.signal), watch.run()];
  try {
    await Promise.all(work);
  } finally {
    end();
    await Promise.allSettled(work);
    signal.removeEventListener('abort', end);
  }
  if (over.signal.reason instanceof StreamlabError && parts.lost.aborted) throw over.signal.reason;
  return { lab: config.lab, channels: delivery.channelStates() };
}

async function openDelivery({ say }: AlertsRunCall, { file, channels, outbox }: Parts): Promise<Delivery> {
  const { Delivery } = await import('../services/deliver.js');
  const collapsedAt = new Map<string, number>();
  return new Delivery({
    channels,
    routes: file.routes,
    outbox,
    clock: { now: Date.now, sleep: (ms, stop) => delay(ms, undefined, { signal: stop }) },
    random: Math.random,
    onEvent: (news) => {
      // In a flood each one that comes is one more.
      if (news.type === 'collapsed') {
        if (Date.now() - (collapsedAt.get(news.channel) ?? 0) < collapsedEveryMs) return;
        collapsedAt.set(news.channel, Date.now());
      }
      const line = deliveryLine(news, Date.now());
      if (line !== undefined) say(line);
    },
  });
}

async function watchLab(config: Config, say: AlertsRunCall['say'], signal: AbortSignal): Promise<LabWatch> {
  const { LabWatch } = await import('../services/lab-watch.js');
  return new LabWatch({
    open: () => watchedLab(config, ['flink', 'kafka']),
    slowness,
    // The console measures, or nobody: this only looks.
    isMeasuredElsewhere: () => Promise.resolve(true),
    clock: { now: Date.now, sleep },
    // What cannot be reached is told by the dispatcher.
    say: () => undefined,
    onDefect: (error) => {
      say(`Warning: looking at the lab broke off, and begins anew: ${reasonOf(error)}`);
    },
    signal,
  });
}

async function openDispatcher(
  config: Config,
  { sinceMs, say }: AlertsRunCall,
  parts: Parts & { delivery: Delivery; watch: LabWatch; signal: AbortSignal },
): Promise<Dispatcher> {
  const { file, folder, delivery, watch, signal } = parts;
  const [{ Dispatcher }, { createDispatchStore }, silences] = await Promise.all([
    import('../services/dispatch.js'),
    import('../adapters/files/dispatch-store.js'),
    silencesOf(config),
  ]);
  const rules = file.rules.filter(({ enabled }) => enabled);
  return new Dispatcher({
    open: () => openTopics(config, signal),
    store: createDispatchStore(join(folder, 'state.json')),
    delivery,
    look: () => watch.seen(),
    silences: () => silences.read(Date.now()),
    settings: { rules, replaced: replacedBy(file.rules), windowMs: WINDOW_MS },
    sinceMs,
    clock: { now: Date.now, sleep },
    onNews: (news) => {
      const line = newsLine(news, Date.now());
      if (line !== undefined) say(line);
    },
    say,
  });
}

async function openTopics(config: Config, signal: AbortSignal): Promise<DispatchLab> {
  const { connections } = await openLab(config);
  const { kafka } = connections;
  const [topicsService, { createTopicReader }, { createKafkaAdmin }, { createGroupOffsets }, transactions] =
    await Promise.all([
      import('../services/alert-topics.js'),
      import('../adapters/kafka/reader.js'),
      import('../adapters/kafka/admin.js'),
      import('../adapters/kafka/group-offsets.js'),
      import('../adapters/kafka/transactional-producer.js'),
    ]);
  const written = [{ name: topics.alerts, maxMessageBytes: MAX_RAW_BYTES }];
  // First: what an earlier one left under way is decided by it, and read then.
  const producer = await transactions.openTransactionalProducer(
    { kafka, transactionalId, topics: written },
    signal,
  );
  const { AlertTopics, dispatcherGroup } = topicsService;
  const lab = new AlertTopics({
    reader: createTopicReader(kafka),
    admin: createKafkaAdmin(kafka),
    groupOffsets: createGroupOffsets(kafka, dispatcherGroup),
    producer,
  });
  return { topics: lab, link: linkOf(connections) };
}

/** The dashboard that lists the alerts: the console has it at the same path as Grafana. */
function linkOf({ pages }: LabConnections): string | undefined {
  const page = pages.grafana ?? pages.console;
  return page === undefined ? undefined : new URL('/d/streamlab-overview', page).href;
}

function isLocked(error: unknown): boolean {
  return error instanceof StreamlabError && error.code === 'LOCKED';
}

function lockLost(lab: string): StreamlabError {
  return new StreamlabError(
    'LOCKED',
    `The dispatcher of the lab "${lab}" ended: its files were deleted, as by down --volumes, or it stood still for so long that another may have taken over.`,
    { suggestions: ['Start it again: streamlab alerts run'] },
  );
}

function anotherRuns(lab: string, cause: unknown): StreamlabError {
  return new StreamlabError('LOCKED', `Another dispatcher works on the lab "${lab}", or on its Kafka.`, {
    suggestions: ['End it first: two of them would tell everything twice.', reasonOf(cause)],
    cause,
  });
}
