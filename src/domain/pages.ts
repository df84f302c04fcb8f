import { StreamlabError } from '../errors.js';
import type { LabConnections } from './connections.js';

/** What `open` opens. */
export const pageNames = ['grafana', 'flink', 'kafka-ui', 'console'] as const;
export type PageName = (typeof pageNames)[number];

/** Something of the lab that people or their programs reach. */
export interface Endpoint {
  name: string;
  address: string;
}

/** Everything of a running lab that can be reached, without passwords. */
export function endpointsOf({ kafka, flink, clickhouse, pages }: LabConnections): Endpoint[] {
  const all: [name: string, address: string | undefined][] = [
    ['Kafka', kafka.brokers.join(',')],
    ['Flink', flink.restUrl],
    ['SQL Gateway', flink.gatewayUrl],
    ['ClickHouse', clickhouse.url],
    ['Grafana', pages.grafana],
    ['Kafka UI', pages.kafkaUi],
    ['Console', pages.console],
  ];
  return all.flatMap(([name, address]) => (address === undefined ? [] : [{ name, address }]));
}

/**
 * The address of a page of a running lab.
 * @throws StreamlabError UNSUPPORTED where this lab has no such page
 */
export function pageOf(name: PageName, { flink, pages }: LabConnections): string {
  const addresses: Record<PageName, string | undefined> = {
    flink: flink.restUrl,
    grafana: pages.grafana,
    'kafka-ui': pages.kafkaUi,
    console: pages.console,
  };
  const address = addresses[name];
  if (address !== undefined) return address;
  const there = pageNames.filter((other) => addresses[other] !== undefined);
  throw new StreamlabError('UNSUPPORTED', `This lab has no ${name}.`, {
    suggestions: [
      `It has: ${there.join(', ')}.`,
      ...(name === 'console'
        ? ['Start it with: streamlab up, or in the foreground with: streamlab console']
        : ['Grafana and Kafka UI come with the docker runtime: streamlab up --runtime docker']),
    ],
  });
}
