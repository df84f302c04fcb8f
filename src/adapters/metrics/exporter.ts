import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Counter, Gauge, Registry } from 'prom-client';
import { verdictOf } from '../../domain/traffic/manifest.js';
import type { ProduceMetrics } from '../../domain/traffic/metrics.js';
import type { Intent } from '../../domain/traffic/plan.js';
import { reasonOf, StreamlabError } from '../../errors.js';
import { histogramText } from './latency-histogram.js';

const host = '127.0.0.1';

export interface MetricsExporter {
  /** The one that was asked for, or the one that was free. */
  readonly port: number;
  /** Where the metrics are. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves GET /metrics in Prometheus' text format (https://prometheus.io/docs/instrumenting/exposition_formats/), to this
 * machine only. `collect` is asked at every scrape. Port 0 takes a free one.
 * @throws StreamlabError PORT_TAKEN, NOT_PERMITTED for a port below 1024
 */
export async function openMetricsExporter(options: {
  port: number;
  collect: () => ProduceMetrics;
}): Promise<MetricsExporter> {
  const server = createServer((request, response) => void answer(options.collect, request, response));
  // A scraper's connection that is kept alive must not keep the program alive.
  server.unref();
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      reject(cannotListen(options.port, error));
    });
    server.listen(options.port, host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://${host}:${port}/metrics`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

async function answer(
  collect: () => ProduceMetrics,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = (request.url ?? '').replace(/\?.*$/, '');
  if (path !== '/metrics') {
    response.writeHead(404, { 'content-type': 'text/plain' }).end('Not found; the metrics are at /metrics\n');
    return;
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { allow: 'GET, HEAD' }).end();
    return;
  }
  try {
    const metrics = collect();
    const registry = registryOf(metrics);
    const latency = histogramText(
      'streamlab_produce_latency_seconds',
      'From when a record was due to its acknowledgement.',
      metrics.latency,
    );
    const text = `${await registry.metrics()}\n${latency}`;
    response.writeHead(200, { 'content-type': registry.contentType });
    response.end(request.method === 'HEAD' ? undefined : text);
  } catch (error) {
    response.writeHead(500, { 'content-type': 'text/plain' }).end(`${reasonOf(error)}\n`);
  }
}

/** All from one look at the run, so that they fit together; in a registry of their own, so that nothing is shared. */
function registryOf(metrics: ProduceMetrics): Registry {
  const registry = new Registry();
  const registers = [registry];
  const records = new Counter({
    name: 'streamlab_produce_records_total',
    help: 'Records sent, by the verdict they are meant to get.',
    labelNames: ['verdict'],
    registers,
  });
  for (const [kind, verdict] of Object.entries(verdictOf)) {
    records.inc({ verdict }, metrics.records[kind as Intent['kind']]);
  }
  const counter = (name: string, help: string, count: number): void => {
    new Counter({ name: `streamlab_produce_${name}_total`, help, registers }).inc(count);
  };
  const gauge = (name: string, help: string, value: number): void => {
    new Gauge({ name: `streamlab_produce_${name}`, help, registers }).set(value);
  };
  counter('acknowledged', 'Records that all in-sync replicas have.', metrics.acknowledged);
  counter('unacknowledged', 'Records given up; each may be on the topic or not.', metrics.unacknowledged);
  counter('resent', 'Records sent again because no answer came.', metrics.resent);
  gauge('target_rate', 'Records per second asked for now; 0 is as fast as possible.', metrics.targetRate);
  gauge('rate', 'Records per second sent of late.', metrics.rate);
  gauge('in_flight', 'Records taken and not acknowledged yet.', metrics.inFlight);
  gauge('behind_seconds', 'How far the run is behind its schedule.', metrics.behindSeconds);
  return registry;
}

function cannotListen(port: number, error: NodeJS.ErrnoException): StreamlabError {
  if (error.code === 'EADDRINUSE') {
    return new StreamlabError('PORT_TAKEN', `--metrics-port ${port}: the port is taken on ${host}.`, {
      suggestions: ['Give another port, or 0 to have a free one chosen.'],
      cause: error,
    });
  }
  return new StreamlabError(
    'NOT_PERMITTED',
    `--metrics-port ${port}: cannot listen on ${host}: ${reasonOf(error)}.`,
    { suggestions: ['Give a port above 1023, or 0 to have a free one chosen.'], cause: error },
  );
}
