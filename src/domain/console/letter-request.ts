import { z } from 'zod';
import { StreamlabError } from '../../errors.js';
import { describeFilter, parseFilter, type LetterOptions } from '../dlq/filter.js';
import type { LetterTask, ReplayOrder } from './letter-task.js';

const mostLetters = 500;
const usualLetters = 50;
const lists = ['reason', 'event-type', 'user', 'match'] as const;
const single = ['since', 'until', 'outstanding', 'limit'] as const;

/**
 * Letters as a request's parameters choose them: those of `dlq list`, by the names of its flags.
 * @throws StreamlabError INVALID_USAGE naming the parameter
 */
export function requestedList(params: URLSearchParams, nowMs: number): LetterTask {
  for (const name of params.keys())
    if (!([...lists, ...single] as string[]).includes(name)) throw wrong(name, 'there is no such parameter');
  const outstanding = params.get('outstanding') ?? 'false';
  if (outstanding !== 'true' && outstanding !== 'false') throw wrong('outstanding', 'give true or false');
  const limit = params.get('limit') ?? String(usualLetters);
  if (!/^\d{1,4}$/.test(limit) || Number(limit) < 1 || Number(limit) > mostLetters)
    throw wrong('limit', `give a number from 1 to ${mostLetters}`);
  const options = {
    since: params.get('since') ?? undefined,
    until: params.get('until') ?? undefined,
    outstanding: outstanding === 'true',
    ...Object.fromEntries(lists.map((name) => [name, params.getAll(name)])),
  };
  parseFilter(options, nowMs);
  return { kind: 'list', options, nowMs, limit: Number(limit) };
}

/** @throws StreamlabError INVALID_USAGE */
export function requestedLetter(params: URLSearchParams): LetterTask {
  const target = params.get('letter') ?? '';
  if (target === '') throw wrong('letter', 'give a place, such as 2:17, or the id of an event');
  return { kind: 'show', target };
}

const text = z.string().max(10_000);
const texts = z.array(text).max(50);
const orderSchema = z.strictObject({
  since: text.optional(),
  until: text.optional(),
  reason: texts.optional(),
  'event-type': texts.optional(),
  user: texts.optional(),
  match: texts.optional(),
  outstanding: z.boolean().optional(),
  /** A JSONata expression. */
  fix: text.optional(),
  /** Rules that ship with streamlab. A file of the user's is not for a page to choose. */
  rules: z.literal('all').optional(),
  limit: z.int().min(1).optional(),
});

/**
 * The replay that a dry run is asked for. Letters that fail later than now are no part of it, so that what is sent
 * afterwards is what the dry run told of.
 * @throws StreamlabError INVALID_USAGE naming the field
 */
export function requestedReplay(body: unknown, nowMs: number): ReplayOrder {
  const read = orderSchema.safeParse(body);
  if (!read.success) {
    const { path = [], message = 'it is not what is wanted' } = read.error.issues[0] ?? {};
    throw wrong(path.length === 0 ? 'body' : path.map(String).join('.'), message);
  }
  const { fix, rules, limit, ...given } = read.data;
  if (fix !== undefined && rules !== undefined) throw wrong('rules', 'give fix or rules, not both');
  if (fix?.trim() === '') throw wrong('fix', 'the expression is empty');
  const options: LetterOptions = { ...given, until: given.until ?? new Date(nowMs).toISOString() };
  parseFilter(options, nowMs);
  return {
    options,
    nowMs,
    selection: describeFilter(given),
    fix: fix !== undefined ? { expression: fix } : rules !== undefined ? { file: rules } : null,
    limit: limit ?? null,
  };
}

/** @throws StreamlabError INVALID_USAGE */
export function requestedConfirmation(body: unknown): string {
  const read = z.strictObject({ confirmation: z.string().max(100) }).safeParse(body);
  if (read.success) return read.data.confirmation;
  throw wrong('confirmation', 'give the one that the dry run answered with');
}

function wrong(name: string, why: string): StreamlabError {
  return new StreamlabError('INVALID_USAGE', `${name}: ${why.replace(/\.$/, '')}.`);
}
