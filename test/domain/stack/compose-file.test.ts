import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import {
  readComposeFile,
  type ComposeFile,
  type ComposeService,
} from '../../../src/domain/stack/compose-file.js';

const read = (document: unknown): ComposeFile => readComposeFile(document, 'compose.yaml', {});
/** A file with one service `a` of these keys, besides a volume `data` and a network `lab`. */
const file = (keys: Record<string, unknown>, rest: Record<string, unknown> = {}) => ({
  services: { a: { image: 'x:1', ...keys }, b: { image: 'y:1' } },
  networks: { lab: null },
  volumes: { data: null },
  ...rest,
});
const serviceWith = (keys: Record<string, unknown>): ComposeService => {
  const { a } = read(file(keys)).services;
  if (a === undefined) throw new Error('no service a');
  return a;
};
const invalid = (message: string) =>
  expect.objectContaining({ code: 'INVALID_FILE', message, exitCode: 2 }) as Error;

describe('a compose file', () => {
  test('as it ships is accepted, in every variable at its default', () => {
    const text = readFileSync(new URL('../../../compose/compose.yaml', import.meta.url), 'utf8');
    const { services, networks, volumes } = read(parse(text, { merge: true }));
    expect(Object.keys(services)).toEqual([
      'kafka',
      'flink-state',
      'flink-jobmanager',
      'flink-taskmanager',
      'flink-sql-gateway',
      'clickhouse',
      'grafana',
      'kafka-ui',
    ]);
    expect(Object.keys(networks)).toEqual(['lab']);
    expect(Object.keys(volumes)).toEqual(['kafka-data', 'flink-state', 'clickhouse-data', 'grafana-data']);
  });

  test('may do without networks and volumes, and its x-… keys are nobody’s', () => {
    expect(read({ services: { a: { image: 'x' } }, 'x-anything': { $: '${NOT_SET}' } })).toEqual({
      services: { a: { image: 'x' } },
      networks: {},
      volumes: {},
    });
  });

  test('takes anchors and merge keys as YAML has them: what a service says itself wins', () => {
    const yaml = `
x-base: &base
  image: x
  init: true
  environment: &env { A: 1, B: 2 }
services:
  a:
    <<: *base
    init: false
    environment:
      <<: *env
      B: 3
  b:
    <<: *base
`;
    expect(read(parse(yaml, { merge: true })).services).toEqual({
      a: { image: 'x', init: false, environment: { A: '1', B: '3' } },
      b: { image: 'x', init: true, environment: { A: '1', B: '2' } },
    });
  });

  test.each([[null], [[]], ['services'], [7], [undefined]])('must hold a mapping: %j', (document) => {
    expect(() => read(document)).toThrow(
      invalid('compose.yaml must hold a mapping with the key "services".'),
    );
  });

  test.each([
    [{}, 'services: is missing'],
    [{ services: null }, 'services: must be a mapping'],
    [{ services: [] }, 'services: must be a mapping'],
    [{ services: { a: null } }, 'services.a: must be a mapping'],
    [{ services: { a: 'x' } }, 'services.a: must be a mapping'],
    [{ services: { a: {} } }, 'services.a.image: is missing'],
    [{ services: { a: { image: 7 } } }, 'services.a.image: must be text'],
  ])('must have services with images: %j', (document, message) => {
    expect(() => read(document)).toThrow(invalid(`compose.yaml, ${message}.`));
  });
});

describe('a key that streamlab does not support', () => {
  test.each(['name', 'version', 'secrets', 'configs', 'include'])('is named at the top: %s', (key) => {
    expect(() => read(file({}, { [key]: {} }))).toThrow(
      invalid(`compose.yaml, ${key}: streamlab does not support this key.`),
    );
  });

  test.each([
    'build',
    'deploy',
    'configs',
    'secrets',
    'privileged',
    'network_mode',
    'container_name',
    'env_file',
    'extends',
    'pid',
    'cap_add',
    'devices',
    'restart',
    'expose',
    'extra_hosts',
    'tmpfs',
    'volumes_from',
    'security_opt',
    '<<',
  ])('is named in a service: %s', (key) => {
    expect(() => read(file({ [key]: true }))).toThrow(
      invalid(`compose.yaml, services.a.${key}: streamlab does not support this key.`),
    );
  });

  test.each([
    [{ healthcheck: { test: 'x', disable: true } }, 'services.a.healthcheck.disable'],
    [{ healthcheck: { test: 'x', start_interval: '1s' } }, 'services.a.healthcheck.start_interval'],
    [
      { depends_on: { b: { condition: 'service_healthy', required: false } } },
      'services.a.depends_on.b.required',
    ],
    [{ ulimits: { nofile: { soft: 1, hard: 2, more: 3 } } }, 'services.a.ulimits.nofile.more'],
    [{ logging: { driver: 'x', labels: 'y' } }, 'services.a.logging.labels'],
  ])('is named at its depth: %j', (keys, place) => {
    expect(() => read(file(keys))).toThrow(
      invalid(`compose.yaml, ${place}: streamlab does not support this key.`),
    );
  });

  test.each([
    ['volumes', { data: { driver: 'local' } }, 'volumes.data.driver'],
    ['volumes', { data: { external: true } }, 'volumes.data.external'],
    ['networks', { lab: { external: true } }, 'networks.lab.external'],
    ['networks', { lab: { driver_opts: {} } }, 'networks.lab.driver_opts'],
  ])('is named in a part: %s %j', (key, parts, place) => {
    expect(() => read(file({}, { [key]: parts }))).toThrow(
      invalid(`compose.yaml, ${place}: streamlab does not support this key.`),
    );
  });

  test('comes before what is missing because of it, and several are named at once', () => {
    expect(() => read({ services: { a: { build: '.', deploy: {} } } })).toThrow(
      invalid('compose.yaml, services.a.build, services.a.deploy: streamlab does not support these keys.'),
    );
  });

  test('leads to the page that says what is supported', () => {
    expect(() => read(file({ build: '.' }))).toThrow(
      expect.objectContaining({
        suggestions: [expect.stringContaining('docs/docker.md') as string],
      }) as Error,
    );
  });
});

describe('a value of a service', () => {
  test.each([
    ['0.0.0.0:9092:9092'],
    ['9092:9092'],
    ['9092'],
    [9092],
    ['127.0.0.1::9092'],
    ['[::1]:9092:9092'],
    ['localhost:9092:9092'],
    ['127.0.0.1:9092:9092/udp'],
    ['127.0.0.1:9000-9002:9000-9002'],
    ['192.168.127.0.0.1:9092:9092'],
    [{ target: 9092, published: 9092 }],
  ])('publishes on the loopback address only: %j', (port) => {
    expect(() => read(file({ ports: ['127.0.0.1:1:1', port] }))).toThrow(
      invalid(
        'compose.yaml, services.a.ports.1: must be 127.0.0.1:PORT:PORT: a lab publishes on the loopback address only.',
      ),
    );
  });

  test.each(['127.0.0.1:99999:80', '127.0.0.1:80:65536', '127.0.0.1:0:80'])(
    'has ports that exist: %s',
    (port) => {
      expect(() => read(file({ ports: [port] }))).toThrow(
        invalid('compose.yaml, services.a.ports.0: has a port that is not 1 to 65535.'),
      );
    },
  );

  test('a port is read with and without its protocol', () => {
    expect(serviceWith({ ports: ['127.0.0.1:19092:9092', '127.0.0.1:1:2/tcp'] }).ports).toEqual([
      { hostIp: '127.0.0.1', host: 19092, container: 9092 },
      { hostIp: '127.0.0.1', host: 1, container: 2 },
    ]);
  });

  test.each([
    ['1m30s', 90_000],
    ['500ms', 500],
    ['2h', 7_200_000],
    ['1500us', 1.5],
    ['0s', 0],
  ])('a duration is read in milliseconds: %s', (stop_grace_period, ms) => {
    expect(serviceWith({ stop_grace_period }).stop_grace_period).toBe(ms);
  });

  test.each([['10'], [10], ['1.5s'], ['10 s'], ['s'], [''], ['-1s'], ['1d'], [null]])(
    'a wrong duration is an error: %j',
    (interval) => {
      expect(() => read(file({ healthcheck: { test: 'x', interval } }))).toThrow(
        invalid('compose.yaml, services.a.healthcheck.interval: must be a duration such as 10s or 1m30s.'),
      );
    },
  );

  test.each([
    ['512m', 536_870_912],
    ['1g', 1_073_741_824],
    ['1GB', 1_073_741_824],
    ['64kb', 65_536],
    ['100b', 100],
    [4096, 4096],
  ])('a size is read in bytes: %j', (mem_limit, bytes) => {
    expect(serviceWith({ mem_limit }).mem_limit).toBe(bytes);
  });

  test.each([['much'], ['1.5g'], ['1t'], ['-1g'], [''], [true], [null]])(
    'a wrong size is an error: %j',
    (mem_limit) => {
      expect(() => read(file({ mem_limit }))).toThrow(
        invalid('compose.yaml, services.a.mem_limit: must be a size such as 512m or 1g.'),
      );
    },
  );

  test('environment and labels are a mapping or a list, and always text', () => {
    const asText = { A: '1', B: 'true', C: 'x=y', D: '' };
    expect(serviceWith({ environment: { A: 1, B: true, C: 'x=y', D: '' } }).environment).toEqual(asText);
    expect(serviceWith({ environment: ['A=1', 'B=true', 'C=x=y', 'D='] }).environment).toEqual(asText);
    expect(serviceWith({ labels: ['a.b=c'] }).labels).toEqual({ 'a.b': 'c' });
  });

  test.each([
    [{ environment: { A: null } }, 'environment.A: must be a text, a number, true or false'],
    [{ environment: { A: ['x'] } }, 'environment.A: must be a text, a number, true or false'],
    [{ environment: ['FROM_THE_SHELL'] }, 'environment.0: must be NAME=value'],
    [{ environment: 'A=1' }, 'environment: must be a mapping, or a list of NAME=value'],
    [{ labels: 7 }, 'labels: must be a mapping, or a list of NAME=value'],
    [{ command: 'run it' }, 'command: must be a list of words'],
    [{ command: [{}] }, 'command.0: must be a text, a number, true or false'],
    [{ init: 'yes' }, 'init: must be true or false'],
    [{ user: null }, 'user: must be a text, a number, true or false'],
    [{ networks: { lab: { aliases: ['x'] } } }, 'networks: must be a list'],
    [{ depends_on: 'b' }, 'depends_on: must be a mapping, or a list of services'],
    [{ depends_on: { b: null } }, 'depends_on.b: must be a mapping'],
    [
      { depends_on: { b: {} } },
      'depends_on.b.condition: must be one of service_started, service_healthy, service_completed_successfully.',
    ],
    [
      { depends_on: { b: { condition: 'healthy' } } },
      'depends_on.b.condition: must be one of service_started, ',
    ],
    [{ healthcheck: { test: [] } }, 'healthcheck.test: must begin with CMD, CMD-SHELL or NONE'],
    [{ healthcheck: { test: ['wget', 'x'] } }, 'healthcheck.test: must begin with CMD, CMD-SHELL or NONE'],
    [{ healthcheck: {} }, 'healthcheck.test: must be a list of words or a line for the shell.'],
    [{ healthcheck: { test: 'x', retries: 0 } }, 'healthcheck.retries: must be greater than 0.'],
    [{ image: '' }, 'image: must not be empty.'],
    [{ networks: [] }, 'networks: must not be empty.'],
    [{ logging: {} }, 'logging.driver: is missing.'],
    [{ cpus: 0 }, 'cpus: must be greater than 0.'],
    [{ cpus: 'two' }, 'cpus: must be a number'],
    [{ ulimits: { nofile: 65_536 } }, 'ulimits.nofile: must be a mapping'],
    [{ volumes: ['/only/one'] }, 'volumes.0: must be NAME:/path'],
    [{ volumes: ['data:relative'] }, 'volumes.0: must be NAME:/path'],
    [{ volumes: ['./a:/b:z'] }, 'volumes.0: must be NAME:/path'],
    [{ volumes: [{ type: 'bind', source: '.', target: '/x' }] }, 'volumes.0: must be NAME:/path'],
  ])('that is of the wrong kind is an error that a person understands: %j', (keys, message) => {
    expect(() => read(file(keys))).toThrow(
      invalid(expect.stringContaining(`compose.yaml, services.a.${message}`) as string),
    );
  });

  test('a mount is a volume by its name, or files by their path', () => {
    const volumes = ['data:/d', 'data:/e:ro', './f.xml:/f:ro', '../g:/g', '/h:/h:rw', '~/i:/i'];
    expect(serviceWith({ volumes }).volumes).toEqual([
      { source: 'data', target: '/d', readOnly: false, isFile: false },
      { source: 'data', target: '/e', readOnly: true, isFile: false },
      { source: './f.xml', target: '/f', readOnly: true, isFile: true },
      { source: '../g', target: '/g', readOnly: false, isFile: true },
      { source: '/h', target: '/h', readOnly: false, isFile: true },
      { source: '~/i', target: '/i', readOnly: false, isFile: true },
    ]);
  });

  test('a health check in one line goes through a shell', () => {
    expect(
      serviceWith({ healthcheck: { test: 'exit 0', interval: '2s', retries: '3' } }).healthcheck,
    ).toEqual({
      test: ['CMD-SHELL', 'exit 0'],
      interval: 2000,
      retries: 3,
    });
  });

  test('dependencies in a list wait for the start only', () => {
    expect(serviceWith({ depends_on: ['b'] }).depends_on).toEqual({ b: { condition: 'service_started' } });
  });
});

describe('a name that a service refers to must be there', () => {
  test.each([
    [{ depends_on: ['c'] }, 'depends_on: there is no service "c"'],
    [{ depends_on: { c: { condition: 'service_healthy' } } }, 'depends_on: there is no service "c"'],
    [{ depends_on: ['constructor'] }, 'depends_on: there is no service "constructor"'],
    [{ networks: ['lab', 'other'] }, 'networks: there is no network "other"'],
    [{ volumes: ['dta:/x'] }, 'volumes: there is no volume "dta"'],
    [{ volumes: ['toString:/x'] }, 'volumes: there is no volume "toString"'],
  ])('%j', (keys, message) => {
    expect(() => read(file(keys))).toThrow(invalid(`compose.yaml, services.a.${message}.`));
  });

  test('but the default network, which every file has', () => {
    expect(serviceWith({ networks: ['default', 'lab'] }).networks).toEqual(['default', 'lab']);
  });
});

describe('services that wait for each other are an error', () => {
  test.each([
    [{ a: ['a'] }, 'a', 'a → a'],
    [{ a: ['b'], b: ['a'] }, 'a', 'a → b → a'],
    [{ a: ['b'], b: ['c'], c: ['d', 'b'], d: [] }, 'a', 'b → c → b'],
  ])('%j', (dependencies, at, circle) => {
    const services = Object.fromEntries(
      Object.entries(dependencies).map(([name, depends_on]) => [name, { image: 'x', depends_on }]),
    );
    expect(() => read({ services })).toThrow(
      invalid(`compose.yaml, services.${at}.depends_on: the services wait for each other: ${circle}.`),
    );
  });
});
