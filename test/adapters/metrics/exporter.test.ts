import { afterEach, expect, it } from 'vitest';
import { openMetricsExporter, type MetricsExporter } from '../../../src/adapters/metrics/exporter.js';
import type { ProduceMetrics } from '../../../src/domain/traffic/metrics.js';

const metrics: ProduceMetrics = {
  records: { onTime: 90, late: 5, tooLate: 2, duplicate: 1, invalid: 2 },
  acknowledged: 95,
  unacknowledged: 3,
  resent: 7,
  targetRate: 5_000,
  rate: 4_321.5,
  inFlight: 2,
  behindSeconds: 0.25,
  latency: [
    [3, 10],
    [10, 60],
    [40, 24],
    [130_000, 1],
  ],
};

const open: MetricsExporter[] = [];
afterEach(async () => {
  for (const exporter of open.splice(0)) await exporter.close();
});

async function exporterOf(collect: () => ProduceMetrics, port = 0): Promise<MetricsExporter> {
  const exporter = await openMetricsExporter({ port, collect });
  open.push(exporter);
  return exporter;
}

/** Samples by name and labels; fails on a line that the text format does not know. */
function samples(text: string): Map<string, number> {
  const found = new Map<string, number>();
  for (const line of text.split('\n')) {
    if (line === '' || /^# (HELP|TYPE) [a-z_]+ \S/.test(line)) continue;
    const match = /^([a-z_]+(?:\{[a-z]+="[^"]*"\})?) (\S+)$/.exec(line);
    expect(match, line).not.toBeNull();
    found.set(match![1]!, Number(match![2]));
  }
  return found;
}

it('what the run tells is served in the text format, in base units', async () => {
  const { url, port } = await exporterOf(() => metrics);
  expect(url).toBe(`http://127.0.0.1:${port}/metrics`);
  const response = await fetch(url);
  expect(response.headers.get('content-type')).toContain('text/plain; version=0.0.4');
  const text = await response.text();
  const found = samples(text);
  const p = 'streamlab_produce';
  expect(Object.fromEntries(found)).toMatchObject({
    [`${p}_records_total{verdict="on_time"}`]: 90,
    [`${p}_records_total{verdict="late"}`]: 5,
    [`${p}_records_total{verdict="too_late"}`]: 2,
    [`${p}_records_total{verdict="duplicate"}`]: 1,
    [`${p}_records_total{verdict="invalid"}`]: 2,
    [`${p}_acknowledged_total`]: 95,
    [`${p}_unacknowledged_total`]: 3,
    [`${p}_resent_total`]: 7,
    [`${p}_target_rate`]: 5_000,
    [`${p}_rate`]: 4_321.5,
    [`${p}_in_flight`]: 2,
    [`${p}_behind_seconds`]: 0.25,
    [`${p}_latency_seconds_bucket{le="0.0025"}`]: 0,
    [`${p}_latency_seconds_bucket{le="0.005"}`]: 10,
    [`${p}_latency_seconds_bucket{le="0.01"}`]: 70,
    [`${p}_latency_seconds_bucket{le="0.05"}`]: 94,
    [`${p}_latency_seconds_bucket{le="120"}`]: 94,
    [`${p}_latency_seconds_bucket{le="+Inf"}`]: 95,
    [`${p}_latency_seconds_count`]: 95,
  });
  expect(found.get(`${p}_latency_seconds_sum`)).toBeCloseTo(131.59, 6);
  expect(text).toContain(`# TYPE ${p}_records_total counter`);
  expect(text).toContain(`# TYPE ${p}_in_flight gauge`);
  expect(text).toContain(`# TYPE ${p}_latency_seconds histogram`);
});

it('each scrape looks anew, once', async () => {
  let looks = 0;
  const { url } = await exporterOf(() => ({ ...metrics, acknowledged: ++looks }));
  for (const expected of [1, 2]) {
    const found = samples(await (await fetch(url)).text());
    expect(found.get('streamlab_produce_acknowledged_total')).toBe(expected);
  }
});

it('other paths are 404, other methods 405, a failing look 500, and the exporter lives on', async () => {
  let fails = true;
  const { url } = await exporterOf(() => {
    if (fails) throw new Error('not now');
    return metrics;
  });
  expect((await fetch(url)).status).toBe(500);
  fails = false;
  expect((await fetch(url.replace('/metrics', '/'))).status).toBe(404);
  expect((await fetch(url, { method: 'POST' })).status).toBe(405);
  const head = await fetch(url, { method: 'HEAD' });
  expect([head.status, await head.text()]).toEqual([200, '']);
  expect((await fetch(`${url}?x=1`)).status).toBe(200);
});

it('a port that is taken is PORT_TAKEN, naming the flag and the way out', async () => {
  const { port } = await exporterOf(() => metrics);
  await expect(openMetricsExporter({ port, collect: () => metrics })).rejects.toMatchObject({
    code: 'PORT_TAKEN',
    exitCode: 3,
    message: `--metrics-port ${port}: the port is taken on 127.0.0.1.`,
    suggestions: ['Give another port, or 0 to have a free one chosen.'],
  });
});

it('two exporters in one process share nothing, and a closed one gives its port back', async () => {
  const first = await exporterOf(() => metrics);
  const second = await exporterOf(() => ({ ...metrics, resent: 70 }));
  expect(samples(await (await fetch(first.url)).text()).get('streamlab_produce_resent_total')).toBe(7);
  expect(samples(await (await fetch(second.url)).text()).get('streamlab_produce_resent_total')).toBe(70);
  const { port } = first;
  await first.close();
  await exporterOf(() => metrics, port);
});
