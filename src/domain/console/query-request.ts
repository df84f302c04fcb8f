import { StreamlabError } from '../../errors.js';
import type { Dashboard, Queries } from './dashboard.js';
import { expandQuery, type Surroundings } from './macros.js';

/** A dashboard with the statements that fill it. */
export interface LoadedDashboard {
  dashboard: Dashboard;
  queries: Queries;
}

/** A week is what the lab keeps; longer ranges only make the engine work. */
const longestRangeMs = 31 * 86_400_000;

/**
 * The statement that a request asks for. It names a panel (`panel`) or a variable (`variable`) of a dashboard, a range and
 * choices (`var-NAME`); the statement is the dashboard's own.
 * @throws StreamlabError INVALID_USAGE naming the parameter
 */
export function requestedSql(dashboards: readonly LoadedDashboard[], params: URLSearchParams): string {
  const uid = given(params, 'dashboard');
  const found = dashboards.find(({ dashboard }) => dashboard.uid === uid);
  if (found === undefined) throw wrong('dashboard', uid, 'there is no such dashboard');
  const variable = params.get('variable');
  const sql =
    variable === null
      ? found.queries.panels.get(wholeNumber(params, 'panel'))
      : found.queries.variables.get(variable);
  if (sql === undefined)
    throw wrong(
      variable === null ? 'panel' : 'variable',
      variable ?? given(params, 'panel'),
      'it has none such',
    );
  return expandQuery(sql, { ...rangeOf(params), chosen: choicesOf(found.dashboard, params) });
}

function rangeOf(params: URLSearchParams): { fromMs: number; toMs: number } {
  const [fromMs, toMs] = [wholeNumber(params, 'from'), wholeNumber(params, 'to')];
  if (toMs <= fromMs) throw wrong('to', String(toMs), 'that is not after from');
  if (toMs - fromMs > longestRangeMs) throw wrong('from', String(fromMs), 'the range is longer than 31 days');
  return { fromMs, toMs };
}

function choicesOf(dashboard: Dashboard, params: URLSearchParams): Surroundings['chosen'] {
  const chosen = new Map<string, readonly string[]>();
  for (const { name } of dashboard.variables) {
    const values = params.getAll(`var-${name}`);
    if (values.length > 0 && !values.includes('$__all')) chosen.set(name, values);
  }
  return chosen;
}

function given(params: URLSearchParams, name: string): string {
  const text = params.get(name);
  if (text === null) throw wrong(name, '', 'it is missing');
  return text;
}

function wholeNumber(params: URLSearchParams, name: string): number {
  const text = given(params, name);
  if (!/^\d{1,15}$/.test(text)) throw wrong(name, text, 'give a whole number');
  return Number(text);
}

function wrong(name: string, text: string, why: string): StreamlabError {
  return new StreamlabError('INVALID_USAGE', `${name}=${text}: ${why}.`);
}
