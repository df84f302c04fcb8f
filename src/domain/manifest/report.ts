import { count } from '../ledger/report.js';
import { printable } from '../printable.js';
import type { OutcomeName } from './outcomes.js';
import {
  matrixColumns,
  matrixTotal,
  type ManifestResult,
  type ReplaySums,
  type VerdictMatrix,
} from './result.js';

/** How many differences are shown to people; `--json` has up to a thousand. */
const shownMismatches = 20;
const shownReplays = 10;
/** From this share of entries on that are not where they should be, the manifest is likely of something else. */
const foreignShare = 0.9;

/** What people read of a manifest, before the table of verdicts. */
export function manifestSentences(result: ManifestResult): string {
  const { found, acknowledged, missing, different, unacknowledged, resent, unlisted } = result;
  const where = `Manifest: ${count(found)} of ${count(acknowledged)} acknowledged records are where the broker said`;
  const astray = [
    ...(missing > 0 ? [`${count(missing)} ${missing === 1 ? 'is' : 'are'} missing`] : []),
    ...(different > 0 ? [`at the place of ${count(different)} is something else`] : []),
  ];
  return [
    `${[where, ...astray].join(', ')}.`,
    ...foreignFiles(result).map(
      (file) => `  Nearly nothing of ${file} is there: the manifest is of another lab or topic?`,
    ),
    ...(unacknowledged.total > 0 ? [`  ${unacknowledgedSentence(unacknowledged)}`] : []),
    ...(resent.copies > 0
      ? [`  Further copies of records that were sent again without an answer: ${count(resent.copies)}.`]
      : []),
    ...(unlisted > 0
      ? [
          `  ${unlisted === 1 ? '1 other raw record is' : `${count(unlisted)} other raw records are`} in no manifest.`,
        ]
      : []),
    `  ${verdictSentence(result)}`,
    ...result.replays.slice(0, shownReplays).map((replay) => `  ${replaySentence(replay)}`),
    ...(result.replays.length > shownReplays
      ? [`  There were ${count(result.replays.length - shownReplays)} more replays (--json lists them).`]
      : []),
  ].join('\n');
}

function unacknowledgedSentence(unacknowledged: ManifestResult['unacknowledged']): string {
  const { total, found, absent, withoutId } = unacknowledged;
  const unknown = withoutId > 0 ? `, without an id to look for ${count(withoutId)}` : '';
  return `Not acknowledged: ${count(total)}, of which on the topic ${count(found)}, not there ${count(absent)}${unknown}.`;
}

function verdictSentence({ verdicts }: ManifestResult): string {
  const { compared, asIntended, judgedOtherwise, wrong, audited } = verdicts;
  const otherwise = matrixTotal(judgedOtherwise);
  const parts = [
    `${count(asIntended)} of ${count(compared)} were judged as intended`,
    ...(otherwise > 0
      ? [
          `${count(otherwise)} otherwise (the watermark, or what the lab knew of their ids, was not as the run supposed: see docs/traffic.md)`,
        ]
      : []),
    ...(wrong > 0 ? [`${count(wrong)} wrongly`] : []),
  ];
  const note = audited ? '' : ' On time and late cannot be told apart without --audit.';
  return `${parts.join(', ')}.${note}`;
}

/** `Replay r1 brought 12 back (3 of them repaired), sent 1 that is still invalid.` */
function replaySentence({ replayId, counted, repaired, countedAgain, stillInvalid }: ReplaySums): string {
  const parts = [
    ...(counted > 0
      ? [`brought ${count(counted)} back${repaired > 0 ? ` (${count(repaired)} of them repaired)` : ''}`]
      : []),
    ...(countedAgain > 0 ? [`counted ${count(countedAgain)} again`] : []),
    ...(stillInvalid > 0
      ? [`sent ${count(stillInvalid)} that ${stillInvalid === 1 ? 'is' : 'are'} still invalid`]
      : []),
  ];
  return printable(`Replay ${replayId} ${parts.join(', ')}.`);
}

/** The files of which nearly nothing is where it should be. */
export function foreignFiles(result: ManifestResult): string[] {
  return result.files
    .filter(
      ({ acknowledged, found }) => acknowledged > 0 && acknowledged - found >= acknowledged * foreignShare,
    )
    .map(({ file }) => file);
}

/** The matrix of verdicts as a table: what was meant, and how many became what. */
export function verdictTable(matrix: VerdictMatrix): { head: string[]; rows: string[][] } {
  const columns = matrixColumns(matrix);
  const intended = ['on_time', 'late', 'too_late', 'duplicate', 'invalid'] as const;
  const rows = intended.flatMap((name) => {
    const row = matrix[name];
    return row === undefined ? [] : [[words(name), ...columns.map((column) => cell(row[column]))]];
  });
  return { head: ['MEANT TO BE', ...columns.map((column) => words(column).toUpperCase())], rows };
}

function words(name: OutcomeName): string {
  return name.replaceAll('_', ' ');
}

function cell(n: number | undefined): string {
  return n === undefined ? '' : count(n);
}

/** The verdict on the manifest, and every difference in a sentence, up to a number. */
export function manifestVerdict(result: ManifestResult): string {
  const { mismatches, mismatchesTotal } = result;
  if (result.ok)
    return 'The manifest agrees with the topics: every record is in its place, and none was judged wrongly.';
  const lines = mismatches.slice(0, shownMismatches).map(({ sentence }) => `  ${printable(sentence)}`);
  const more = mismatchesTotal - lines.length;
  return [
    `The manifest does not agree with the topics, ${count(mismatchesTotal)} ${mismatchesTotal === 1 ? 'difference' : 'differences'}:`,
    ...lines,
    ...(more > 0 ? [`  and ${count(more)} more (--json lists up to a thousand)`] : []),
  ].join('\n');
}
