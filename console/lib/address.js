// What the page shows is in its address, so that it can be kept, sent and gone back to.

/** @typedef {import('./time.js').Range} Range */

/**
 * @typedef {object} Address
 * @property {string} path `/map`, `/letters`, `/d/UID`
 * @property {Range | undefined} range undefined: the dashboard's own
 * @property {string | undefined} refresh likewise; empty for never
 * @property {Readonly<Record<string, readonly string[]>>} chosen choices of variables; those that are not there stand at All
 * @property {Readonly<Record<string, string>>} other what a view keeps besides
 */

/**
 * @param {string} href
 * @returns {Address}
 */
export function readAddress(href) {
  const { pathname, searchParams } = new URL(href, 'http://console');
  // Names come from whoever made the link: none of them is the name of something that objects have anyway.
  /** @type {Record<string, string[]>} */
  const chosen = Object.create(null);
  /** @type {Record<string, string>} */
  const other = {};
  for (const [name, value] of searchParams) {
    if (name.startsWith('var-')) {
      if (value !== '$__all') (chosen[name.slice(4)] ??= []).push(value);
    } else if (!['from', 'to', 'refresh'].includes(name)) other[name] = value;
  }
  const [from, to] = [searchParams.get('from'), searchParams.get('to')];
  return {
    path: pathname === '/' ? '/map' : pathname,
    range: from === null || to === null ? undefined : { from, to },
    refresh: searchParams.get('refresh') ?? undefined,
    chosen,
    other,
  };
}

/**
 * @param {Address} address
 * @returns {string}
 */
export function writeAddress({ path, range, refresh, chosen, other }) {
  const params = new URLSearchParams();
  if (range !== undefined) {
    params.set('from', range.from);
    params.set('to', range.to);
  }
  if (refresh !== undefined) params.set('refresh', refresh);
  for (const [name, values] of Object.entries(chosen))
    for (const value of values) params.append(`var-${name}`, value);
  for (const [name, value] of Object.entries(other)) if (value !== '') params.set(name, value);
  const query = params.toString();
  return query === '' ? path : `${path}?${query}`;
}

/**
 * Another view in the same time range; choices go along, as dashboards share variables.
 * @param {Address} address
 * @param {string} path
 * @returns {Address}
 */
export function leadingTo({ range, refresh, chosen }, path) {
  return { path, range, refresh, chosen, other: {} };
}
