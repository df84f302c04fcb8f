import type { ManifestEntry } from '../traffic/manifest.js';

type Fields = Readonly<Record<string, unknown>>;

const verdicts = new Set<unknown>([
  'on_time',
  'late',
  'too_late',
  'duplicate',
  'invalid',
] satisfies ManifestEntry['verdict'][]);

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
const isTime = (value: unknown): boolean => Number.isFinite(value);
const isTextOrNull = (value: unknown): boolean => value === null || typeof value === 'string';

/**
 * What keeps a parsed line from being a manifest entry, as the end of a sentence; undefined when it is one. It accepts
 * what `manifestEntrySchema` accepts (a property test holds the two together) and is written by hand because a
 * manifest has a line for every record of a run.
 */
export function entryProblem(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'it is not an object';
  const fields = value as Fields;
  const field = wrongField(fields);
  if (field === undefined) return undefined;
  return fields[field] === undefined
    ? `it has no "${field}"`
    : `"${field}" cannot be ${JSON.stringify(fields[field]).slice(0, 60)}`;
}

/** Spelled out, not a table of checks: a hot path. */
function wrongField(fields: Fields): keyof ManifestEntry | undefined {
  if (!isCount(fields.index)) return 'index';
  if (!isTextOrNull(fields.id)) return 'id';
  if (!isTextOrNull(fields.key)) return 'key';
  if (!isTime(fields.event_time)) return 'event_time';
  if (!isTime(fields.window)) return 'window';
  if (!verdicts.has(fields.verdict)) return 'verdict';
  if (fields.reason !== undefined && typeof fields.reason !== 'string') return 'reason';
  if (!isCount(fields.partition)) return 'partition';
  if (fields.offset !== null && !isCount(fields.offset)) return 'offset';
  if (fields.resent !== undefined && fields.resent !== true) return 'resent';
  return undefined;
}
