// Dead letters: why records failed, which wait, and what replays did about it.
import * as units from '@grafana/grafana-foundation-sdk/units';
import { dashboard, reason } from './frame.mjs';
import {
  bars,
  decimalsOf,
  fixedColor,
  lines,
  long,
  stackedBars,
  stat,
  table,
  thresholds,
  unitOf,
  widthOf,
} from './panels.mjs';
import { colors, deadLettersByReason, outstanding, unreadable } from './shared.mjs';

const counts = { unit: units.LocaleFormat, decimals: 0 };

const figures = () => [
  stat({
    title: 'Dead letters',
    description: 'Invalid and too late records that failed in the time range, whether replayed since or not.',
    query: 'total-dead-letters',
    ...counts,
    steps: thresholds('green', ['yellow', 1]),
  }),
  outstanding(),
  stat({
    title: 'Replayed',
    description: 'Dead letters whose last replay was in the time range, whenever they failed.',
    query: 'total-replayed-letters',
    ...counts,
  }),
  stat({
    title: 'Came back',
    description:
      'Replayed records that failed once more in the time range: they were still invalid. What failed more often than --max-attempts is not replayed any more.',
    query: 'total-came-back',
    ...counts,
    steps: thresholds('green', ['yellow', 1]),
  }),
  stat({
    title: 'Oldest outstanding',
    description:
      'How long ago the oldest one failed that nobody has replayed. The topic keeps dead letters for 7 days: what is not replayed by then is lost.',
    query: 'oldest-outstanding',
    unit: units.Seconds,
    decimals: 0,
    steps: thresholds('green', ['yellow', 86_400], ['red', 5 * 86_400]),
  }),
  unreadable(),
];

const overTime = () =>
  lines({
    title: 'Outstanding over time',
    description:
      'How many dead letters nobody had replayed at the end of each minute: it climbs with failures and falls with replays. One that was replayed more than once counts as outstanding until its last replay.',
    query: 'outstanding-over-time',
    ...counts,
    step: true,
  }).overrideByName('outstanding', [fixedColor(colors.bad)]);

const byReason = () =>
  bars({
    title: 'Outstanding by reason',
    description:
      'Dead letters that nobody has replayed, whenever they failed until the end of the time range.',
    query: 'outstanding-by-reason',
    ...counts,
    steps: thresholds(colors.bad),
  });

const replayedByReason = () =>
  stackedBars({
    title: 'Replayed per minute by reason',
    description: 'Dead letters at the minute of their last replay.',
    query: 'replayed-by-reason',
    ...counts,
    label: 'reason',
  });

const replays = () =>
  table({
    title: 'Replays',
    description:
      'Replays that were at work in the time range, newest first, by the journal. One that stays running was killed; repeat it, and it goes on where it ended. What each added is on the dashboard Business.',
    query: 'replays',
    columns: {
      started: ['Started', unitOf(units.DatetimeLocal), widthOf(180)],
      replay: ['Replay', long],
      state: ['State'],
      matched: ['Matched', unitOf(units.LocaleFormat)],
      replayed: ['Replayed', unitOf(units.LocaleFormat)],
      repaired: ['Repaired', unitOf(units.LocaleFormat)],
      skipped: ['Skipped', unitOf(units.LocaleFormat)],
      took_s: ['Took', unitOf(units.Seconds), decimalsOf(1)],
      selection: ['Selection', long],
      fix: ['Fix', long],
    },
  });

const newest = () =>
  table({
    title: 'Newest dead letters',
    description:
      'The newest 50 of the time range, with the beginning of what was on the raw topic. streamlab dlq show PLACE tells all that is known of one.',
    query: 'newest-dead-letters',
    columns: {
      failed: ['Failed', unitOf(units.DatetimeLocal), widthOf(180)],
      reason: ['Reason', widthOf(220)],
      event_type: ['Event type', widthOf(140)],
      event_id: ['Event id', long],
      place: ['Place', widthOf(100)],
      attempt: ['Attempt', widthOf(80)],
      state: ['State', long],
      payload: ['Payload', long],
    },
  });

export const deadLetters = () =>
  dashboard({
    uid: 'streamlab-dead-letters',
    description: 'Why records failed, which of them wait, and what replays did about it.',
    variables: [reason()],
    rows: [
      { height: 4, panels: figures() },
      { height: 9, panels: [deadLettersByReason(), overTime()] },
      { height: 8, panels: [byReason(), replayedByReason()] },
      { height: 7, panels: [replays()] },
      { height: 12, panels: [newest()] },
    ],
  });
