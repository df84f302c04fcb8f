import { Ledger } from '../../../src/domain/ledger/ledger.js';
import type { RawRecord } from '../../../src/domain/ledger/raw-record.js';
import { ManifestCheck } from '../../../src/domain/manifest/check.js';
import { Manifest } from '../../../src/domain/manifest/manifest.js';
import type { ManifestResult } from '../../../src/domain/manifest/result.js';
import { judgePayload } from '../../../src/domain/reason.js';
import { topics } from '../../../src/domain/topics.js';
import type { ManifestEntry } from '../../../src/domain/traffic/manifest.js';
import { dedupeHorizonMs } from '../ledger/pipeline-model.js';
import { partitions, type World } from './world.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The manifest's result on what a world holds. */
export function check(
  {
    entries,
    raw,
    deadLetters,
    journal,
    audit,
  }: Omit<World, 'events' | 'expected' | 'raw'> & { raw: readonly RawRecord[] },
  { withAudit = true }: { withAudit?: boolean } = {},
): ManifestResult {
  const manifest = new Manifest();
  // Two files, so that lines are told from entries.
  const half = Math.floor(entries.length / 2);
  manifest.beginFile('a.ndjson');
  for (const entry of entries.slice(0, half)) manifest.add(entry);
  manifest.beginFile('b.ndjson');
  for (const entry of entries.slice(half)) manifest.add(entry);

  const ends = new Map([...Array(partitions).keys()].map((p) => [p, 0]));
  for (const record of raw)
    ends.set(record.partition, Math.max(ends.get(record.partition)!, record.offset + 1));
  const observer = new ManifestCheck(manifest, { ends, auditIsOn: withAudit });
  if (withAudit) for (const record of audit) observer.addVerdict(bytes(JSON.stringify(record)));
  const ledger = new Ledger({
    judge: (payload, timestampMs) => judgePayload(payload, timestampMs, 60_000),
    dedupeHorizonMs,
    rawTopic: topics.raw,
    observer,
    ids: manifest.ids.shared,
  });
  for (const record of deadLetters) ledger.addDeadLetter(record);
  for (const line of journal) ledger.addJournal(line);
  for (const record of [...raw].sort((a, b) => a.partition - b.partition || a.offset - b.offset)) {
    ledger.addRaw(record);
  }
  ledger.close();
  return observer.close();
}

/** Line and file of an entry, as `check` puts them into two files. */
export function lineOf(w: World, entry: ManifestEntry): { file: string; line: number } {
  const half = Math.floor(w.entries.length / 2);
  const n = w.entries.indexOf(entry);
  return n < half ? { file: 'a.ndjson', line: n + 1 } : { file: 'b.ndjson', line: n - half + 1 };
}

export const inOrder = (replays: ManifestResult['replays']) =>
  [...replays].sort((a, b) => a.replayId.localeCompare(b.replayId));

export const pickOf = <T>(values: readonly T[], pick: number): T => values[pick % values.length]!;
