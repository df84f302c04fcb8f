import { describe, expect, test } from 'vitest';
import { readComposeFile } from '../../../src/domain/stack/compose-file.js';
import { containerBody } from '../../../src/domain/stack/container-body.js';
import { containerLabels, stackOf } from '../../../src/domain/stack/stack.js';

function bodyOf(keys: Record<string, unknown>) {
  const document = {
    services: { a: { image: 'x:1', ...keys } },
    networks: { lab: null, more: null },
    volumes: { data: null },
  };
  const stack = stackOf({
    lab: 'l',
    file: readComposeFile(document, 'compose.yaml', {}),
    without: [],
    filesOf: () => [],
    fingerprint: () => 'hash',
  });
  const [service] = stack.services;
  return { body: containerBody(stack, service!), labels: containerLabels(stack, service!) };
}

describe('the body that creates a container', () => {
  test('of a service that says nothing leaves everything to the image', () => {
    const { body, labels } = bodyOf({});
    expect(body).toEqual({
      Image: 'x:1',
      Labels: labels,
      Env: [],
      ExposedPorts: {},
      HostConfig: { NetworkMode: 'streamlab-l_default', PortBindings: {}, Mounts: [], Ulimits: [] },
      NetworkingConfig: { EndpointsConfig: { 'streamlab-l_default': { Aliases: ['a'] } } },
    });
  });

  test('of a service that says everything says everything', () => {
    const { body, labels } = bodyOf({
      command: ['run', 7],
      entrypoint: ['/bin/sh', '-c'],
      environment: { A: '1', B: 'x=y', C: '' },
      user: '0:0',
      working_dir: '/w',
      labels: { mine: 'yes' },
      logging: { driver: 'json-file', options: { 'max-size': '10m', 'max-file': 3 } },
      networks: ['lab', 'more'],
      ports: ['127.0.0.1:19092:9092', '127.0.0.1:81:8081'],
      volumes: ['data:/d', 'data:/e:ro', './lib:/lib:ro'],
      healthcheck: {
        test: ['CMD', 'ok'],
        interval: '2s',
        timeout: '1500us',
        start_period: '1m',
        retries: 60,
      },
      init: true,
      mem_limit: '1g',
      cpus: 1.5,
      ulimits: { nofile: { soft: 1024, hard: 2048 } },
      stop_grace_period: '1500ms',
    });
    expect(body).toEqual({
      Image: 'x:1',
      Labels: labels,
      Env: ['A=1', 'B=x=y', 'C='],
      Cmd: ['run', '7'],
      Entrypoint: ['/bin/sh', '-c'],
      User: '0:0',
      WorkingDir: '/w',
      StopTimeout: 2,
      Healthcheck: {
        Test: ['CMD', 'ok'],
        Interval: 2_000_000_000,
        Timeout: 1_500_000,
        StartPeriod: 60_000_000_000,
        Retries: 60,
      },
      ExposedPorts: { '9092/tcp': {}, '8081/tcp': {} },
      HostConfig: {
        NetworkMode: 'streamlab-l_lab',
        PortBindings: {
          '9092/tcp': [{ HostIp: '127.0.0.1', HostPort: '19092' }],
          '8081/tcp': [{ HostIp: '127.0.0.1', HostPort: '81' }],
        },
        Mounts: [
          { Type: 'volume', Source: 'streamlab-l_data', Target: '/d', ReadOnly: false },
          { Type: 'volume', Source: 'streamlab-l_data', Target: '/e', ReadOnly: true },
        ],
        Init: true,
        Memory: 1_073_741_824,
        NanoCpus: 1_500_000_000,
        LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '3' } },
        Ulimits: [{ Name: 'nofile', Soft: 1024, Hard: 2048 }],
      },
      // One network at creation: the others are connected before the start.
      NetworkingConfig: { EndpointsConfig: { 'streamlab-l_lab': { Aliases: ['a'] } } },
    });
    expect(body.Labels).toMatchObject({ mine: 'yes', 'dev.streamlab.lab': 'l' });
  });

  test('leaves parts of a health check that are not said to the engine', () => {
    expect(bodyOf({ healthcheck: { test: 'exit 0' } }).body.Healthcheck).toEqual({
      Test: ['CMD-SHELL', 'exit 0'],
      Interval: 0,
      Timeout: 0,
      StartPeriod: 0,
      Retries: 0,
    });
  });

  test('can say no: init off, a grace period of nothing', () => {
    const { body } = bodyOf({ init: false, stop_grace_period: '0s' });
    expect(body).toMatchObject({ StopTimeout: 0, HostConfig: { Init: false } });
  });

  test('publishes one port of a container under each of its ports here', () => {
    const { body } = bodyOf({ ports: ['127.0.0.1:1:80', '127.0.0.1:2:80'] });
    expect(body.HostConfig.PortBindings).toEqual({
      '80/tcp': [
        { HostIp: '127.0.0.1', HostPort: '1' },
        { HostIp: '127.0.0.1', HostPort: '2' },
      ],
    });
  });
});
