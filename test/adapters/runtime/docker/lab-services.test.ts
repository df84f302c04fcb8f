import { expect, test } from 'vitest';
import {
  connectionsOf,
  endpointOf,
  observedPorts,
} from '../../../../src/adapters/runtime/docker/lab-services.js';
import { configSchema } from '../../../../src/domain/config.js';
import { pageOf } from '../../../../src/domain/pages.js';
import { pipelineSettings, type DockerLab } from '../../../../src/domain/lab-state.js';
import type { ObservedContainer } from '../../../../src/domain/stack/observed.js';

const lab = (without: string[] = []): DockerLab => ({
  format: 1,
  lab: 'x',
  runtime: 'docker',
  createdAt: '',
  claimedAt: 0,
  clickhousePassword: 'secret',
  ports: { kafka: 1, flink: 2, sqlGateway: 3, clickhouse: 4, grafana: 5, kafkaUi: 6 },
  without,
  slots: 2,
  pipeline: pipelineSettings(configSchema.parse({})),
});
const container = (
  service: string,
  ports: Record<number, number>,
  state: ObservedContainer['state'] = 'running',
): ObservedContainer => ({
  id: service,
  name: service,
  labels: { 'com.docker.compose.service': service },
  imageId: '',
  state,
  exitCode: 0,
  networks: [],
  ports,
  environment: {},
});

test('the ports of a lab are read from its containers, and those that run hold them', () => {
  const { ports, held } = observedPorts([
    container('kafka', { 9092: 19092 }),
    container('flink-jobmanager', { 8081: 18081 }, 'paused'),
    container('clickhouse', { 8123: 18123 }, 'exited'),
    container('grafana', {}),
    container('stranger', { 3000: 3000 }),
  ]);
  expect(ports).toEqual({ kafka: 19092, flink: 18081, clickhouse: 18123 });
  expect([...held]).toEqual(['kafka', 'flink']);
});

test('connections are on this machine, and inside the lab’s network for Flink and ClickHouse', () => {
  expect(connectionsOf(lab())).toEqual({
    kafka: { brokers: ['127.0.0.1:1'] },
    kafkaInside: { brokers: ['kafka:19092'] },
    flink: { restUrl: 'http://127.0.0.1:2', gatewayUrl: 'http://127.0.0.1:3' },
    clickhouse: {
      url: 'http://127.0.0.1:4',
      user: 'default',
      password: 'secret',
      isPasswordGiven: true,
      database: 'streamlab',
    },
    pages: { grafana: 'http://127.0.0.1:5', kafkaUi: 'http://127.0.0.1:6' },
  });
});

test('a service that is left out has no page and no endpoint', () => {
  const connections = connectionsOf(lab(['grafana']));
  expect(connections.pages).toEqual({ kafkaUi: 'http://127.0.0.1:6' });
  expect(endpointOf('grafana', connections)).toBeNull();
  expect(endpointOf('kafka-ui', connections)).toBe('http://127.0.0.1:6');
  expect(endpointOf('kafka', connections)).toBe('127.0.0.1:1');
  expect(endpointOf('flink-taskmanager', connections)).toBeNull();
});

test('open knows the pages of a lab, and names those that there are for one that there is not', () => {
  expect(pageOf('flink', connectionsOf(lab()))).toBe('http://127.0.0.1:2');
  expect(() => pageOf('grafana', connectionsOf(lab(['grafana'])))).toThrow(
    expect.objectContaining({
      code: 'UNSUPPORTED',
      message: 'This lab has no grafana.',
      suggestions: [
        'It has: flink, kafka-ui.',
        'Grafana and Kafka UI come with the docker runtime: streamlab up --runtime docker',
      ],
    }) as Error,
  );
  expect(() => pageOf('console', connectionsOf(lab()))).toThrow('This lab has no console.');
});
