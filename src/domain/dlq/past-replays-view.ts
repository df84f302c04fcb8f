import { dateAndTime } from '../instant.js';
import { printable, shortened } from '../printable.js';
import { grouped } from '../traffic/summary.js';
import type { PastReplay, ReplayEnd } from './past-replays.js';

/** Columns of the list of replays; from the third on they are numbers. */
export const replayColumns = ['REPLAY', 'ENDED', 'SENT', 'COUNTED', 'REVENUE', 'BACK', 'UNSEEN'] as const;

const ends: Readonly<Record<ReplayEnd, string>> = {
  running: 'running',
  done: 'done',
  interrupted: 'by Ctrl-C',
  failed: 'failed',
  killed: 'killed',
};

export function replayRow(replay: PastReplay): string[] {
  const { replayId, state, forced, replayed, counted, cameBack, unseen } = replay;
  return [
    printable(replayId),
    `${ends[state]}${forced ? ', force' : ''}`,
    grouped(replayed),
    grouped(counted.events),
    counted.revenue,
    grouped(cameBack.letters),
    grouped(unseen),
  ];
}

const endSentences: Readonly<Record<ReplayEnd, string>> = {
  running: 'at work',
  done: 'done',
  interrupted: 'interrupted by Ctrl-C',
  failed: 'broken off by an error',
  killed: 'killed: it never said that it ended',
};

/** One replay, a line each. */
export function replayPage(replay: PastReplay): string[] {
  const { state, startedAt, updatedAt, selection, fix, counted, cameBack, unseen } = replay;
  const skipped = Object.entries(replay.skipped).filter(([, count]) => count > 0);
  return [
    `Replay ${printable(shortened(replay.replayId, 100))}: ${endSentences[state]}${replay.forced ? ', with --force' : ''}`,
    fact('started', `${dateAndTime(startedAt)}, last heard of ${dateAndTime(updatedAt)} (UTC)`),
    fact('letters', selection === '' ? 'all' : selection),
    ...(fix === null ? [] : [fact('fix', fix)]),
    fact(
      'sent',
      `${grouped(replay.replayed)} of ${grouped(replay.matched)}${replay.repaired === 0 ? '' : `, ${grouped(replay.repaired)} repaired`}`,
    ),
    ...skipped.map(([why, count]) => fact('', `${grouped(count)} not sent: ${why}`)),
    fact(
      'counted',
      `${grouped(counted.events)} events in ${grouped(counted.windows)} ${counted.windows === 1 ? 'window' : 'windows'}, revenue ${counted.revenue}`,
    ),
    fact('came back', grouped(cameBack.letters)),
    ...Object.entries(cameBack.byReason).map(([reason, count]) => fact('', `${grouped(count)} ${reason}`)),
    ...(unseen === 0
      ? []
      : [fact('unseen', `${grouped(unseen)}: on their way, or dropped as events that were counted already`)]),
  ];
}

function fact(name: string, text: string): string {
  return `  ${name.padEnd(10)} ${printable(shortened(text, 300))}`;
}
