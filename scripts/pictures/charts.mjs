import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';

/** Colours that people with colour blindness tell apart as well (Okabe and Ito). */
export const colour = {
  plain: '#0072B2',
  law: '#D55E00',
  on_time: '#56B4E9',
  late: '#E69F00',
  too_late: '#B33A00',
  duplicate: '#8C8C8C',
  invalid: '#CC79A7',
  mark: '#24292F',
};
export const verdicts = ['on_time', 'late', 'too_late', 'duplicate', 'invalid'];
export const verdictLegend = (names = verdicts) =>
  names.map((name) => [name.replace('_', ' '), colour[name]]);

const FONT = "font-family='system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif'";
const PANEL_WIDTH = 440;
const GAP = 16;
/** Of a chart over the whole of a sheet. */
export const FULL_WIDTH = 2 * PANEL_WIDTH + GAP;
const HEAD = 44;
const LEGEND = 26;

/**
 * One chart with its title and the flags that made it.
 * @returns {{ svg: string, width: number, height: number }}
 */
export function panel({ title, flags = '', width = PANEL_WIDTH, height = 230, legend = [], ...options }) {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const plot = Plot.plot({
    document,
    width,
    height,
    marginLeft: 56,
    marginRight: 18,
    marginBottom: 38,
    style: { color: '#24292F', background: 'none' },
    className: 'chart',
    ...options,
  });
  const svg = rounded(plot.outerHTML).replace(/<style>[^]*?<\/style>/, '');
  const top = HEAD + (legend.length > 0 ? LEGEND : 0);
  const parts = [
    `<text x='8' y='16' font-size='14' font-weight='600' fill='#24292F'>${escaped(title)}</text>`,
    `<text x='8' y='34' font-size='11.5' fill='#57606A' font-family='ui-monospace, SFMono-Regular, Menlo, monospace'>${escaped(flags)}</text>`,
    legendOf(legend, HEAD + 2),
    `<g transform='translate(0,${top})' font-size='11' ${FONT}>${svg}</g>`,
  ];
  return { svg: parts.join('\n'), width, height: height + top };
}

function legendOf(entries, y) {
  let x = 8;
  return entries
    .map(([text, fill, shape = 'box']) => {
      const mark =
        shape === 'line'
          ? `<line x1='${x}' x2='${x + 16}' y1='${y + 6}' y2='${y + 6}' stroke='${fill}' stroke-width='2'/>`
          : `<rect x='${x}' y='${y}' width='12' height='12' fill='${fill}'/>`;
      const label = `<text x='${x + 20}' y='${y + 10}' font-size='12' fill='#24292F'>${escaped(text)}</text>`;
      x += 36 + text.length * 6.6;
      return mark + label;
    })
    .join('');
}

/** Charts in rows, as the text of one SVG file; white behind them, so that it reads on a dark page too. */
export function sheet(...rows) {
  let y = GAP;
  const width = Math.max(...rows.map((row) => row.reduce((sum, each) => sum + each.width + GAP, GAP)));
  const parts = [];
  for (const row of rows) {
    let x = GAP;
    for (const each of row) {
      parts.push(`<g transform='translate(${x},${y})'>\n${each.svg}\n</g>`);
      x += each.width + GAP;
    }
    y += Math.max(...row.map(({ height }) => height)) + GAP;
  }
  return `<svg xmlns='http://www.w3.org/2000/svg' width='${width}' height='${y}' viewBox='0 0 ${width} ${y}' ${FONT}>
<rect width='${width}' height='${y}' fill='#FFFFFF'/>
${parts.join('\n')}
</svg>
`;
}

/** Coordinates with two decimals: the same on every machine, whatever the last bits of its logarithms are. */
function rounded(markup) {
  return markup.replace(/<[^>]*>/g, (tag) =>
    tag.replace(/-?\d+\.\d{3,}(?:e-?\d+)?/g, (number) => String(Number(Number(number).toFixed(2)))),
  );
}

function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/**
 * How many values fall into each of the stretches between edges, in layers on top of each other by `layerOf`.
 * @param scale what each value counts for: 1, or 1 / all for shares
 * @returns rectangles for `Plot.rect`: `{x1, x2, y1, y2, layer}`
 */
export function histogram(items, { value, edges, layers = ['all'], layerOf = () => 'all', scale = 1 }) {
  const counts = new Map(layers.map((layer) => [layer, new Float64Array(edges.length - 1)]));
  for (const item of items) {
    const at = lastAtMost(edges, value(item));
    const layer = counts.get(layerOf(item));
    if (layer !== undefined && at >= 0 && at < edges.length - 1) layer[at] += 1;
  }
  return Array.from({ length: edges.length - 1 }, (_, bin) => {
    let sum = 0;
    return layers.map((layer) => {
      const y1 = sum * scale;
      sum += counts.get(layer)[bin];
      return { x1: edges[bin], x2: edges[bin + 1], y1, y2: sum * scale, layer };
    });
  })
    .flat()
    .filter(({ y1, y2 }) => y2 > y1);
}

function lastAtMost(edges, value) {
  let [low, high] = [0, edges.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (edges[middle] <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** `from` to `to`, both included, in even steps. */
export function edges(from, to, step) {
  return Array.from({ length: Math.round((to - from) / step) + 1 }, (_, n) => from + n * step);
}

/** `from` to `to` in steps that are even on a logarithmic scale. */
export function logEdges(from, to, count) {
  return Array.from({ length: count + 1 }, (_, n) => from * (to / from) ** (n / count));
}

export const bars = (rectangles, fill = colour.plain) =>
  Plot.rect(rectangles, { x1: 'x1', x2: 'x2', y1: 'y1', y2: 'y2', fill, shapeRendering: 'crispEdges' });

/** The same, each layer in its own colour. */
export const verdictBars = (rectangles) => bars(rectangles, ({ layer }) => colour[layer]);

/** A vertical line with words beside it. */
export const mark = (x, text, { dy = 0, anchor = 'start' } = {}) => [
  Plot.ruleX([x], { stroke: colour.mark, strokeDasharray: '4,3' }),
  Plot.text([text], {
    x: () => x,
    text: (words) => words,
    frameAnchor: 'top',
    textAnchor: anchor,
    dx: anchor === 'start' ? 5 : -5,
    dy,
    fill: colour.mark,
    stroke: 'white',
    strokeWidth: 4,
  }),
];

/** A drawn-through line of a law. */
export const law = (points) => Plot.line(points, { x: 'x', y: 'y', stroke: colour.law, strokeWidth: 2 });
