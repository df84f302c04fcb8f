import * as Plot from '@observablehq/plot';
import { bars, colour, edges, histogram, law, panel, sheet } from './charts.mjs';

/** Records per second over the time of a run; without jitter an event's time is when it was due. */
function overTime(records, seconds, { title, flags, stepSeconds = 1 }) {
  const perSecond = histogram(records, {
    value: ({ timeMs }) => timeMs / 1_000,
    edges: edges(0, seconds, stepSeconds),
    scale: 1 / stepSeconds,
  });
  return panel({
    title,
    flags,
    x: { label: 'time, s →', domain: [0, seconds] },
    y: { label: '↑ records per second', grid: true, zero: true },
    marks: [bars(perSecond), Plot.ruleY([0])],
  });
}

function gapsOf(records) {
  return records.slice(1).map(({ timeMs }, n) => timeMs - records[n].timeMs);
}

export async function arrivals(produce) {
  const rate = 20;
  const seconds = 7_200;
  const rows = [];
  for (const kind of ['even', 'poisson']) {
    const flags = `--rate ${rate} --arrivals ${kind} --duration 2h --jitter 0s`;
    const records = await produce(flags);
    const gaps = gapsOf(records);
    const isPoisson = kind === 'poisson';
    const gapLaw = edges(0, 300, 2).map((x) => ({ x, y: (100 * 10 * Math.exp(-x / 50)) / 50 }));
    // Of whole milliseconds: what is counted as 0 is half of it.
    const gapEdges = isPoisson ? edges(-0.5, 299.5, 10) : edges(-2.5, 302.5, 5);
    const gapBars = histogram(gaps, { value: (ms) => ms, edges: gapEdges, scale: 100 / gaps.length });
    const counts = new Map();
    for (let second = 0; second < seconds; second++) counts.set(second, 0);
    for (const { timeMs } of records) {
      const second = Math.floor(timeMs / 1_000);
      if (counts.has(second)) counts.set(second, counts.get(second) + 1);
    }
    const countBars = histogram([...counts.values()], {
      value: (n) => n,
      edges: edges(-0.5, 45.5, 1),
      scale: 100 / seconds,
    });
    const name = isPoisson ? 'Poisson' : 'Even';
    rows.push([
      panel({
        title: `${name}: time from one record to the next`,
        flags: `--rate ${rate}${isPoisson ? ' --arrivals poisson' : ''}`,
        legend: isPoisson ? [['exponential law', colour.law, 'line']] : [],
        x: { label: 'gap, ms →', domain: [-2.5, 302.5] },
        y: { label: '↑ % of gaps', grid: true, ...(isPoisson ? {} : { domain: [0, 100] }) },
        marks: [bars(gapBars), isPoisson ? law(gapLaw) : null, Plot.ruleY([0])],
      }),
      panel({
        title: `${name}: records in each second`,
        flags: 'two hours',
        legend: isPoisson ? [["Poisson's law", colour.law, 'line']] : [],
        x: { label: 'records in a second →', domain: [-0.5, 45.5] },
        y: { label: '↑ % of seconds', grid: true },
        marks: [bars(countBars), isPoisson ? law(poissonLaw(rate)) : null, Plot.ruleY([0])],
      }),
    ]);
  }
  return sheet(...rows);
}

function poissonLaw(mean) {
  let share = 100 * Math.exp(-mean);
  return Array.from({ length: 46 }, (_, n) => {
    if (n > 0) share *= mean / n;
    return { x: n, y: share };
  });
}

export async function rates(produce) {
  const shown = [
    ['A ramp', '--rate 100..1k --over 60s', 90],
    ['A wave', '--rate 100..1k --wave 60s', 150],
    ['Bursts, one after each period', '--rate 200 --burst "5x/10s every 30s"', 120],
    ['A burst and a dip', '--rate 500 --burst "2x/20s at 20s,0.1x/20s at 70s"', 120],
    ['Even arrivals', '--rate 50', 60],
    ['The same rate, Poisson arrivals', '--rate 50 --arrivals poisson', 60],
  ];
  const panels = [];
  for (const [title, flags, seconds] of shown) {
    const records = await produce(`${flags} --duration ${seconds}s --jitter 0s`);
    panels.push(overTime(records, seconds, { title, flags }));
  }
  return sheet(panels.slice(0, 2), panels.slice(2, 4), panels.slice(4));
}
