// What the views of dead letters say, and what they ask for.

/** @typedef {import('../lib/address.js').Address} Address */
/** @typedef {import('../../src/domain/console/letter-answer.js').LetterCounts} LetterCounts */
/** @typedef {import('../../src/domain/dlq/replay-result.js').ReplayResult} ReplayResult */

/**
 * The filters of `dlq list`, by their names.
 * @typedef {object} Selection
 * @property {readonly string[]} [place]
 * @property {string} [since]
 * @property {string} [until]
 * @property {readonly string[]} [reason]
 * @property {readonly string[]} [event-type]
 * @property {readonly string[]} [user]
 * @property {readonly string[]} [match]
 * @property {boolean} [outstanding]
 */

export const sinces = /** @type {const} */ ([
  ['', 'Any time'],
  ['15m', 'Last 15 minutes'],
  ['1h', 'Last hour'],
  ['6h', 'Last 6 hours'],
  ['24h', 'Last 24 hours'],
  ['7d', 'Last 7 days'],
]);

/**
 * What an address chooses; dashboards share reason and type.
 * @param {Pick<Address, 'chosen' | 'other'>} address
 * @returns {Selection}
 */
export function selectionOf({ chosen, other }) {
  const { since = '', user = '', match = '', outstanding = '' } = other;
  return {
    ...(since === '' ? {} : { since }),
    ...(chosen.reason === undefined ? {} : { reason: chosen.reason }),
    ...(chosen.event_type === undefined ? {} : { 'event-type': chosen.event_type }),
    ...(user === '' ? {} : { user: [user] }),
    ...(match === '' ? {} : { match: [match] }),
    ...(outstanding === '' ? {} : { outstanding: true }),
  };
}

/** @param {Selection} selection @returns {URLSearchParams} */
export function paramsOf(selection) {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(selection))
    for (const one of Array.isArray(value) ? value : [value]) params.append(name, String(one));
  return params;
}

/** The letters that are chosen, as the rest of "dead letters …". @param {Selection} selection */
export function selectionWords(selection) {
  const { place, since, reason, user, match, outstanding } = selection;
  const type = selection['event-type'];
  const ago = sinces.find(([value]) => value === since)?.[1];
  const words = [
    ...(place === undefined ? [] : [`at ${place.join(' or ')}`]),
    ...(reason === undefined ? [] : [`of the reason ${reason.join(' or ')}`]),
    ...(type === undefined ? [] : [`of the type ${type.join(' or ')}`]),
    ...(user === undefined ? [] : [`of the user ${user.join(' or ')}`]),
    ...(match === undefined ? [] : [`whose payload has ${match.join(' and ')}`]),
    ...(since === undefined ? [] : [ago === undefined ? `since ${since}` : `of the ${ago.toLowerCase()}`]),
    ...(outstanding === true ? ['that were not replayed yet'] : []),
  ];
  return words.length === 0 ? 'of any kind' : words.join(', ');
}

/** The letter alone: many may have failed in the same millisecond. @param {{ place: string }} letter @returns {Selection} */
export function selectionOfLetter({ place }) {
  return { place: [place] };
}

/** `2026-01-31 12:00:00.000`, as the command line has it: UTC. @param {number} ms */
export function utc(ms) {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? String(ms) : date.toISOString().replace('T', ' ').replace('Z', '');
}

const numbers = new Intl.NumberFormat('en');

/** @param {number} count */
export function grouped(count) {
  return numbers.format(count);
}

/** @param {number} count */
export function letterCount(count) {
  return count === 1 ? '1 dead letter' : `${grouped(count)} dead letters`;
}

/** @param {LetterCounts} counts */
export function countsSentence({ total, outstanding, replayed }) {
  if (total === 0) return 'There is no such dead letter.';
  return `${letterCount(total)}: ${grouped(outstanding)} outstanding, ${grouped(replayed)} replayed.`;
}

const skips = /** @type {const} */ ([
  ['alreadyReplayed', 'replayed before'],
  ['alreadyCounted', 'whose event is counted already, or waits as another letter'],
  ['unrepairable', 'still invalid, and not repaired'],
  ['tooManyAttempts', 'tried too often'],
  ['unreadable', 'that cannot be read'],
]);

/** What a replay did, or would do: a sentence, and what was not sent. @param {ReplayResult} result */
export function resultWords({ dryRun, matched, replayed, repaired, replayId, skipped }) {
  const verb = dryRun === true ? 'would be sent again' : 'sent again';
  const how = repaired > 0 ? `, ${grouped(repaired)} of them repaired` : '';
  const by = replayId === null ? '' : ` by ${replayId}`;
  return {
    sentence:
      matched === 0
        ? 'No dead letter matches: there is nothing to replay.'
        : `${grouped(replayed)} of ${letterCount(matched)} ${verb}${by}${how}.`,
    notSent: skips
      .filter(([name]) => skipped[name] > 0)
      .map(([name, words]) => `Not sent: ${grouped(skipped[name])} ${words}.`),
  };
}
