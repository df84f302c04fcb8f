// Colours by name: style.css has what they look like, for light and for dark.

/** @typedef {import('../../src/domain/console/dashboard.js').Threshold} Threshold */

/** Names that the dashboards use. */
const named = ['blue', 'green', 'orange', 'purple', 'red', 'text', 'yellow'];

/** For series that have none of their own, told apart also by those who see few colours. */
export const palette = [
  'blue',
  'orange',
  'teal',
  'purple',
  'olive',
  'pink',
  'cyan',
  'brown',
  'green',
  'yellow',
];

/** The custom property that holds a colour. @param {string} name */
export function colorProperty(name) {
  return named.includes(name) || palette.includes(name) ? `--${name}` : '--text';
}

/**
 * The colour of the highest threshold that a value reaches.
 * @param {number} value
 * @param {readonly Threshold[] | undefined} thresholds lowest first
 */
export function thresholdColor(value, thresholds = []) {
  return thresholds.findLast((step) => step.value === null || value >= step.value)?.color ?? 'text';
}

/**
 * A colour for each name: the same name has the same one wherever there is room, and no two of a panel share one while
 * there are enough.
 * @param {readonly string[]} names
 * @param {ReadonlySet<string>} [taken] colours that series were given
 * @returns {Map<string, string>}
 */
export function colorsByName(names, taken = new Set()) {
  const free = palette.filter((color) => !taken.has(color));
  const from = free.length === 0 ? palette : free;
  /** @type {Map<string, string>} */
  const colors = new Map();
  const used = new Set();
  for (const name of [...names].sort()) {
    if (used.size >= from.length) used.clear();
    let place = hash(name) % from.length;
    while (used.has(place)) place = (place + 1) % from.length;
    used.add(place);
    colors.set(name, from[place] ?? 'blue');
  }
  return colors;
}

/** FNV-1a. @param {string} text */
function hash(text) {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}
