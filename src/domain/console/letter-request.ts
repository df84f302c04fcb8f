import { z } from 'zod';
import { StreamlabError } from '../../errors.js';
import { describeFilter, parseFilter, type LetterFilter, type LetterOptions } from '../dlq/filter.js';
import { didYouMean } from '../traffic/notation.js';

/** What the page asks of dead letters: the filters of `dlq list`, under the same names. */
export interface ListRequest {
  filter: LetterFilter;
  limit: number;
}

/** What a replay was asked to take and to do, as of the moment it was asked. */
export interface ReplayOrder {
  filter: LetterFilter;
  /** The filters as flags: what the journal keeps. */
  selection: string;
  fix: { expression: string } | { file: string } | undefined;
  limit: number | undefined;
  ratePerSecond: number | undefined;
}

export const listLimits = { usual: 50, most: 500 };
const mostTexts = 50;
const longestText = 1_000;
const longestFix = 10_000;

const single = ['since', 'until', 'outstanding', 'limit'] as const;
const several = ['place', 'reason', 'event-type', 'user', 'match'] as const;

/**
 * @param nowMs what durations count back from, epoch milliseconds
 * @throws StreamlabError INVALID_USAGE naming the parameter
 */
export function listRequest(params: URLSearchParams, nowMs: number): ListRequest {
  const known: readonly string[] = [...single, ...several];
  for (const name of params.keys())
    if (!known.includes(name)) throw refused(`${name}: there is no such filter${didYouMean(name, known)}.`);
  const list = (name: (typeof several)[number]): string[] | undefined =>
    params.has(name) ? params.getAll(name) : undefined;
  const says = {
    since: params.get('since') ?? undefined,
    until: params.get('until') ?? undefined,
    outstanding: params.get('outstanding') === 'true',
    place: list('place'),
    reason: list('reason'),
    'event-type': list('event-type'),
    user: list('user'),
    match: list('match'),
  };
  const limit = params.get('limit') ?? String(listLimits.usual);
  if (!/^\d{1,6}$/.test(limit) || Number(limit) > listLimits.most)
    throw refused(`limit=${limit.slice(0, 20)}: give a whole number up to ${listLimits.most}.`);
  return { filter: filterOf(parsed(selectionSchema, says), nowMs), limit: Number(limit) };
}

const text = z.string().max(longestText, `it is longer than ${longestText} characters`);
const texts = z.array(text).max(mostTexts, `there are more than ${mostTexts}`);
const selectionSchema = z.strictObject({
  since: text.optional(),
  until: text.optional(),
  place: texts.optional(),
  reason: texts.optional(),
  'event-type': texts.optional(),
  user: texts.optional(),
  match: texts.optional(),
  outstanding: z.boolean().optional(),
});
const whole = z.int('give a whole number').min(1, 'give 1 or more').max(1_000_000_000, 'that is too many');
const orderSchema = z.strictObject({
  selection: selectionSchema,
  /** Rules of one's own are files of this machine, which the page does not name. */
  repair: z
    .union([
      z.literal('none'),
      z.literal('shipped'),
      z.strictObject({ expression: z.string().trim().min(1, 'the expression is empty').max(longestFix) }),
    ])
    .default('none'),
  limit: whole.optional(),
  rate: whole.optional(),
});
const taskSchema = z.strictObject({ id: z.string().max(100) });

/**
 * What a dry run is asked for. Times are made fixed ones, and letters that fail from now on are left out, so that what is
 * confirmed later is what was shown.
 * @throws StreamlabError INVALID_USAGE naming the field
 */
export function replayOrder(body: unknown, nowMs: number): ReplayOrder {
  const { selection, repair, limit, rate } = parsed(orderSchema, body);
  const typed = filterOf(selection, nowMs);
  const untilMs = Math.min(typed.untilMs ?? Infinity, nowMs);
  const fixed: LetterOptions = {
    ...selection,
    since: typed.sinceMs === undefined ? undefined : new Date(typed.sinceMs).toISOString(),
    until: new Date(untilMs).toISOString(),
  };
  return {
    filter: { ...typed, untilMs },
    selection: describeFilter(fixed),
    fix: repair === 'none' ? undefined : repair === 'shipped' ? { file: 'all' } : repair,
    limit,
    ratePerSecond: rate,
  };
}

/** @throws StreamlabError INVALID_USAGE */
export function taskId(body: unknown): string {
  return parsed(taskSchema, body).id;
}

/** The very replay as a command, up to what repairs it: an expression is left to whoever types it. */
export function asCommand({ selection, fix, limit, ratePerSecond }: ReplayOrder): string {
  return [
    'streamlab dlq replay',
    selection,
    ...(fix === undefined ? [] : ['file' in fix ? `--fix-file ${fix.file}` : '--fix EXPRESSION']),
    ...(limit === undefined ? [] : [`--limit ${limit}`]),
    ...(ratePerSecond === undefined ? [] : [`--rate ${ratePerSecond}`]),
  ].join(' ');
}

/** The page knows no flags. */
function filterOf(options: LetterOptions, nowMs: number): LetterFilter {
  try {
    return parseFilter(options, nowMs);
  } catch (error) {
    if (!(error instanceof StreamlabError)) throw error;
    const { code, message, suggestions } = error;
    const plain = (sentence: string): string =>
      sentence.replace(/--(place|since|until|reason|match) /g, '$1 ');
    throw new StreamlabError(code, plain(message), { suggestions: suggestions.map(plain), cause: error });
  }
}

function parsed<T extends z.ZodType>(schema: T, value: unknown): z.infer<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  if (unknown !== undefined) throw refused(`${unknown.slice(0, 60)}: there is no such field.`);
  const path = (issue?.path ?? []).join('.');
  throw refused(`${path === '' ? 'The request' : path}: ${issue?.message ?? 'it cannot be read'}.`);
}

function refused(sentence: string): StreamlabError {
  return new StreamlabError('INVALID_USAGE', sentence);
}
