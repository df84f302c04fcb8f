import { formatDuration } from '../duration.js';
import { timeOfDay } from '../instant.js';
import type { Queued } from '../notify/backlog.js';
import type { DeliveryNews } from '../notify/delivery-news.js';
import { messageOf, sparkOf } from '../notify/message.js';
import { printable, shortened } from '../printable.js';
import type { DispatchNews } from './dispatcher.js';
import type { AlertEvent } from './events.js';
import { bandText, formatValue } from './message.js';
import type { AlertRecord, Evidence } from './record.js';

/** Lines of the live log; each is safe to show on a terminal. `12:05:00  WHAT      rule  …` */

const LONGEST = 400;

/**
 * The line of what happened; undefined where people are told anyway, as the channels say.
 * @param nowMs epoch milliseconds
 */
export function newsLine(news: DispatchNews, nowMs: number): string | undefined {
  if (news.kind === 'event') return eventLine(news.event);
  if (news.kind === 'unreadable') {
    const place = `${String(news.partition)}:${String(news.offset)}`;
    return line(nowMs, 'SKIPPED', `the record at ${place} of the topic of alerts is no alert`);
  }
  const { news: foreign } = news;
  if (foreign.kind !== 'held') return undefined;
  const { rule, summary } = foreign.record;
  return line(
    nowMs,
    'HELD',
    `${nameOf(foreign.record)}: ${rule}: ${summary}; not sent, as ${foreign.because}`,
  );
}

function eventLine(event: AlertEvent): string | undefined {
  const { kind, at, rule, summary, evidence, silenced } = event;
  const shown = [`${rule}: ${summary}`, ...evidenceWords(evidence)].join('  ');
  if (kind === 'pending') return line(at, 'PENDING', shown);
  if (kind === 'cleared') return line(at, 'CLEARED', shown);
  return silenced ? line(at, 'SILENCED', `${kind}: ${shown}`) : undefined;
}

function nameOf({ status }: AlertRecord): string {
  return status === 'resolved' ? 'resolved' : 'firing';
}

function evidenceWords(evidence: Evidence): string[] {
  const { value, unit, points } = evidence;
  const spark = points.map(([, point]) => point ?? 0);
  return [
    `value=${value === null ? 'unknown' : formatValue(value, unit)}`,
    `expected=${bandText(evidence)}`,
    ...(spark.length > 1 ? [`last minutes=${sparkOf(spark)}`] : []),
  ];
}

/** Undefined for what the terminal shows itself. */
export function deliveryLine(news: DeliveryNews, nowMs: number): string | undefined {
  const { channel } = news;
  switch (news.type) {
    case 'delivered':
      return channel === 'console'
        ? undefined
        : line(nowMs, 'SENT', `to ${channel}: ${titleOf(news.queued)}`);
    case 'retry': {
      const inMs = Math.max(0, news.at - nowMs);
      const again = `again in ${formatDuration(Math.ceil(inMs / 1_000) * 1_000)}`;
      return line(nowMs, 'RETRY', `${channel}: ${news.reason}; ${again}: ${titleOf(news.queued)}`);
    }
    case 'dropped':
      return line(nowMs, 'DROPPED', `${channel} takes it never: ${news.reason}: ${titleOf(news.queued)}`);
    case 'stopped':
      return line(nowMs, 'STOPPED', `${channel}: ${news.reason}. ${waits(news.waiting)} ${news.next}`);
    case 'collapsed':
      return line(nowMs, 'COLLAPSED', `${channel}: ${titleOf(news.queued)}; ${String(news.waiting)} wait`);
    case 'nobody':
      return line(nowMs, 'WAITING', `${channel} is not set up. ${waits(news.waiting)}`);
    case 'unrecorded':
      return line(
        nowMs,
        'WARNING',
        `what ${channel} had could not be noted: it may come twice after a restart`,
      );
  }
}

function waits(count: number): string {
  return `${String(count)} ${count === 1 ? 'notification waits' : 'notifications wait'} for it.`;
}

function titleOf(queued: Queued): string {
  return messageOf(queued).title;
}

function line(atMs: number, what: string, text: string): string {
  const time = timeOfDay(atMs, atMs).slice(0, 8);
  return shortened(printable(`${time}  ${what.padEnd(9)} ${text}`.replaceAll('\n', ' ')), LONGEST);
}
