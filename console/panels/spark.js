// Spark lines: the shape of the last minutes, for the eye only; the number beside it says what counts.
import { svg } from '../lib/dom.js';

const width = 100;
const height = 24;

/**
 * @param {readonly number[]} values oldest first
 * @param {{ zero?: boolean }} [options] `zero`: from 0 up
 */
export function spark(values, { zero = true } = {}) {
  const [line, area] = sparkPaths(values, zero);
  return svg(
    'svg',
    { class: 'spark', viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    svg('path', { class: 'spark-area', d: area }),
    svg('path', { class: 'spark-line', d: line, 'vector-effect': 'non-scaling-stroke' }),
  );
}

/**
 * The line, and the area below it.
 * @param {readonly number[]} values
 * @param {boolean} zero
 * @returns {[string, string]}
 */
export function sparkPaths(values, zero) {
  if (values.length < 2) return ['', ''];
  const low = zero ? Math.min(0, ...values) : Math.min(...values);
  const high = Math.max(...values);
  const range = high - low || 1;
  const points = values.map((value, i) => {
    const x = (i / (values.length - 1)) * width;
    const y = height - 1 - ((value - low) / range) * (height - 2);
    return `${round(x)} ${round(y)}`;
  });
  const line = `M${points.join('L')}`;
  return [line, `${line}L${width} ${height}L0 ${height}Z`];
}

/** @param {number} value */
function round(value) {
  return Math.round(value * 100) / 100;
}
