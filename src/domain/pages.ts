import { StreamlabError } from '../errors.js';
import type { LabConnections } from './connections.js';

/** What `open` opens. */
export const pageNames = ['grafana', 'flink', 'kafka-ui', 'console'] as const;
export type PageName = (typeof pageNames)[number];

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
        ? []
        : ['Grafana and Kafka UI come with the docker runtime: streamlab up --runtime docker']),
    ],
  });
}
