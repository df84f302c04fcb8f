import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { configKeys, configSchema, servicePorts, variableOf } from '../../../src/domain/config.js';
import { readComposeFile } from '../../../src/domain/stack/compose-file.js';
import { stackOf } from '../../../src/domain/stack/stack.js';

const text = readFileSync(new URL('../../../compose/compose.yaml', import.meta.url), 'utf8');
const file = readComposeFile(parse(text, { merge: true }), 'compose.yaml', { STREAMLAB_LAB: 'mine' });
const all = Object.entries(file.services);
const stack = stackOf({ lab: 'mine', file, without: [], filesOf: () => [], fingerprint: () => '' });
const tasks = stack.services.filter(({ isTask }) => isTask).map(({ name }) => name);
const longRunning = all.filter(([name]) => !tasks.includes(name));

describe('compose/compose.yaml', () => {
  test.each(all)('%s has an image of a pinned tag', (_, { image }) => {
    expect(image).toMatch(/:v?\d+\.\d+\.\d+[\w.-]*$/);
  });

  test.each(all)('%s has the lab’s label, a rotated log and the lab’s network only', (_, service) => {
    expect(service.labels).toEqual({ 'dev.streamlab.lab': 'mine' });
    expect(service.logging).toEqual({ driver: 'json-file', options: { 'max-size': '10m', 'max-file': '3' } });
    expect(service.networks).toEqual(['lab']);
  });

  test.each(all)('%s publishes on the loopback address only', (_, { ports = [] }) => {
    for (const { hostIp } of ports) expect(hostIp).toBe('127.0.0.1');
  });

  test.each(longRunning)('%s runs with a health check, a memory limit and an init', (_, service) => {
    expect(service.healthcheck?.retries).toBeGreaterThan(0);
    expect(service.healthcheck?.timeout).toBeGreaterThan(0);
    expect(service.mem_limit).toBeGreaterThanOrEqual(256 * 1024 ** 2);
    expect(service.init).toBe(true);
  });

  test('publishes each port of the lab once, as its usual one', () => {
    const ports = all.flatMap(([, { ports: published = [] }]) => published.map(({ host }) => host));
    expect(ports.sort()).toEqual(Object.values(servicePorts).sort());
  });

  test('has one network and volumes of the lab’s label, all of them in use', () => {
    expect(file.networks).toEqual({ lab: { labels: { 'dev.streamlab.lab': 'mine' } } });
    for (const volume of Object.values(file.volumes))
      expect(volume).toEqual({ labels: { 'dev.streamlab.lab': 'mine' } });
    const project = Object.keys(file.volumes).map((name) => `streamlab-mine_${name}`);
    expect([...stack.volumes].sort()).toEqual(project.sort());
  });

  test('mounts nothing of this machine but its own files, to be read only', () => {
    const binds = all.flatMap(([, { volumes = [] }]) => volumes.filter(({ isFile }) => isFile));
    for (const { source, readOnly } of binds) {
      expect(source).toMatch(/^\.\.?\/(lib|clickhouse|grafana)\b/);
      expect(readOnly).toBe(true);
    }
  });

  test('has one task, which others wait for, and what may be left out is nobody’s need', () => {
    expect(tasks).toEqual(['flink-state']);
    const optional = all.filter(([, { profiles = [] }]) => profiles.length > 0).map(([name]) => name);
    expect(optional).toEqual(['grafana', 'kafka-ui']);
    for (const [, { depends_on = {} }] of all)
      expect(Object.keys(depends_on).filter((name) => optional.includes(name))).toEqual([]);
    for (const [name, { profiles = [] }] of all) expect(['', name]).toContain(profiles.join());
  });

  test('has the profiles of compose/.env', () => {
    const env = readFileSync(new URL('../../../compose/.env', import.meta.url), 'utf8');
    expect(env).toMatch(/^COMPOSE_PROFILES=grafana,kafka-ui$/m);
    expect(env).toMatch(/^COMPOSE_PROJECT_NAME=streamlab-default$/m);
  });

  test('every variable is a setting, the password, or the connector’s folder, and has a default', () => {
    const known = [...configKeys.map(variableOf), 'STREAMLAB_CLICKHOUSE_PASSWORD', 'STREAMLAB_CONNECTOR_DIR'];
    const used = [...text.matchAll(/\$\{(STREAMLAB_\w+)(:-)?/g)];
    expect(used.length).toBeGreaterThan(10);
    for (const [, name, operator] of used) {
      expect(known).toContain(name);
      expect(operator).toBe(':-');
    }
    // But in its first lines' comment, nothing is written ${…} otherwise.
    expect(text.match(/\$(?!\{(?:STREAMLAB_|…))/g)).toBeNull();
  });

  test('defaults of the file are the defaults of the settings', () => {
    const { parallelism, lab } = configSchema.parse({});
    const { services, volumes } = readComposeFile(parse(text, { merge: true }), 'compose.yaml', {});
    expect(services['flink-taskmanager']?.environment?.TASK_MANAGER_NUMBER_OF_TASK_SLOTS).toBe(
      String(parallelism),
    );
    expect(volumes['kafka-data']?.labels).toEqual({ 'dev.streamlab.lab': lab });
  });

  test('Kafka says its published address to clients of this machine', () => {
    const { services } = readComposeFile(parse(text, { merge: true }), 'f', {
      STREAMLAB_KAFKA_PORT: '19092',
    });
    expect(services.kafka?.environment?.KAFKA_ADVERTISED_LISTENERS).toContain('OUTSIDE://127.0.0.1:19092');
    expect(services.kafka?.ports).toEqual([{ hostIp: '127.0.0.1', host: 19092, container: 9092 }]);
  });
});
