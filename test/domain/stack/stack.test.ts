import { describe, expect, test } from 'vitest';
import { readComposeFile } from '../../../src/domain/stack/compose-file.js';
import {
  containerLabels,
  isOurs,
  partLabels,
  stackOf,
  type StackFile,
} from '../../../src/domain/stack/stack.js';

const services = {
  db: { image: 'db:1', volumes: ['data:/d', './conf.xml:/etc/conf.xml:ro'], networks: ['lab'] },
  init: { image: 'db:1', networks: ['lab'] },
  app: {
    image: 'app:1',
    networks: ['lab'],
    depends_on: {
      db: { condition: 'service_healthy' },
      init: { condition: 'service_completed_successfully' },
      ui: { condition: 'service_started' },
    },
  },
  ui: { image: 'ui:1', networks: ['lab'], profiles: ['ui'], volumes: ['ui-data:/u'] },
};
const parts = { networks: { lab: null, spare: null }, volumes: { data: null, 'ui-data': null, spare: null } };
const conf: StackFile = { path: '/etc/conf.xml', source: '/here/conf.xml', sha256: 'aa' };

function stack({
  changed = {},
  without = [],
  files = [conf],
  lab = 'default',
  document = { services: { ...services, ...changed }, ...parts },
}: {
  changed?: Record<string, unknown>;
  without?: string[];
  files?: StackFile[];
  lab?: string;
  document?: unknown;
} = {}) {
  return stackOf({
    lab,
    file: readComposeFile(document, 'compose.yaml', {}),
    without,
    filesOf: (service) => (service === 'db' ? files : []),
    fingerprint: (value) => JSON.stringify(value),
  });
}
const find = (name: string, options: Parameters<typeof stack>[0] = {}) => {
  const service = stack(options).services.find((one) => one.name === name);
  if (service === undefined) throw new Error(`no ${name}`);
  return service;
};

describe('a lab’s stack', () => {
  test('has the names that docker compose -p streamlab-<lab> gives', () => {
    const { project, networks, volumes, services: all } = stack({ lab: 'a-1' });
    expect(project).toBe('streamlab-a-1');
    expect(all.map(({ container }) => container)).toEqual([
      'streamlab-a-1-db-1',
      'streamlab-a-1-init-1',
      'streamlab-a-1-app-1',
      'streamlab-a-1-ui-1',
    ]);
    expect(networks).toEqual(['streamlab-a-1_lab']);
    expect(volumes).toEqual(['streamlab-a-1_data', 'streamlab-a-1_ui-data']);
  });

  test('has a service’s volumes as mounts and its files to be copied', () => {
    expect(find('db')).toMatchObject({
      mounts: [{ volume: 'streamlab-default_data', target: '/d', readOnly: false }],
      files: [conf],
      networks: ['streamlab-default_lab'],
      isTask: false,
    });
  });

  test('has the default network once, where a service names none, whether or not the file defines it', () => {
    const one = { services: { a: { image: 'x' }, b: { image: 'x', networks: ['default'] } } };
    expect(stack({ document: one }).networks).toEqual(['streamlab-default_default']);
    expect(stack({ document: { ...one, networks: { default: null } } }).networks).toEqual([
      'streamlab-default_default',
    ]);
    expect(find('a', { document: one }).networks).toEqual(['streamlab-default_default']);
  });

  test('knows a task by what waits for its success', () => {
    expect(
      stack()
        .services.filter(({ isTask }) => isTask)
        .map(({ name }) => name),
    ).toEqual(['init']);
  });
});

describe('a service that is left out', () => {
  test('is gone with its volumes, and nothing depends on it', () => {
    const { services: left, volumes } = stack({ without: ['ui'] });
    expect(left.map(({ name }) => name)).toEqual(['db', 'init', 'app']);
    expect(volumes).toEqual(['streamlab-default_data']);
    expect(find('app', { without: ['ui'] }).dependsOn).toEqual({
      db: 'service_healthy',
      init: 'service_completed_successfully',
    });
  });

  test('changes no other container', () => {
    expect(find('app', { without: ['ui'] }).hash).toBe(find('app').hash);
  });

  test('must be one that the rest works without', () => {
    expect(() => stack({ without: ['ui', 'db'] })).toThrow(
      expect.objectContaining({
        code: 'INVALID_USAGE',
        message: '--without db: a lab does not work without db.',
        suggestions: ['What can be left out: ui.'],
      }) as Error,
    );
    expect(() => stack({ without: ['dbb'] })).toThrow('--without dbb: there is no service "dbb".');
    expect(() => stack({ without: ['toString'] })).toThrow(
      '--without toString: there is no service "toString".',
    );
  });
});

describe('the fingerprint of a service', () => {
  test.each([
    ['image', { image: 'db:2' }],
    ['environment', { environment: { A: '1' } }],
    ['port', { ports: ['127.0.0.1:1:1'] }],
    ['network', { networks: ['lab', 'spare'] }],
    ['volume', { volumes: ['spare:/d', './conf.xml:/etc/conf.xml:ro'] }],
    ['mount’s mode', { volumes: ['data:/d:ro', './conf.xml:/etc/conf.xml:ro'] }],
    ['memory', { mem_limit: '1g' }],
    ['health check', { healthcheck: { test: 'x' } }],
    ['label', { labels: { a: 'b' } }],
  ])('changes with its %s, and no other service’s does', (_, keys) => {
    const changed = { db: { ...services.db, ...keys } };
    expect(find('db', { changed }).hash).not.toBe(find('db').hash);
    expect(find('app', { changed }).hash).toBe(find('app').hash);
  });

  test('changes with what a file says and where the container has it, not with where it lies here', () => {
    const { hash } = find('db');
    expect(find('db', { files: [{ ...conf, sha256: 'bb' }] }).hash).not.toBe(hash);
    expect(find('db', { files: [{ ...conf, path: '/etc/other.xml' }] }).hash).not.toBe(hash);
    expect(find('db', { files: [] }).hash).not.toBe(hash);
    const moved = { db: { ...services.db, volumes: ['data:/d', '/elsewhere/conf.xml:/etc/conf.xml:ro'] } };
    expect(find('db', { files: [{ ...conf, source: '/elsewhere/conf.xml' }], changed: moved }).hash).toBe(
      hash,
    );
  });

  test('does not change with what it waits for, nor with who waits for it, as for docker compose', () => {
    const changed = { app: { ...services.app, depends_on: ['db'] } };
    expect(find('app', { changed }).hash).toBe(find('app').hash);
    expect(find('init', { changed }).hash).toBe(find('init').hash);
  });

  test('is another one in another lab', () => {
    expect(find('db', { lab: 'b' }).hash).not.toBe(find('db').hash);
  });
});

describe('labels', () => {
  test('make a container one of the lab, and one of the project for docker compose', () => {
    const all = stack({
      changed: { db: { ...services.db, labels: { mine: '1', 'dev.streamlab.lab': 'other' } } },
    });
    const [db] = all.services;
    expect(containerLabels(all, db!)).toEqual({
      mine: '1',
      'dev.streamlab.lab': 'default',
      'dev.streamlab.config-hash': db!.hash,
      'com.docker.compose.project': 'streamlab-default',
      'com.docker.compose.service': 'db',
      'com.docker.compose.container-number': '1',
      'com.docker.compose.oneoff': 'False',
      'com.docker.compose.config-hash': db!.hash,
    });
  });

  test('of networks and volumes have their short names', () => {
    expect(partLabels(stack(), 'volume', 'streamlab-default_ui-data')).toEqual({
      'dev.streamlab.lab': 'default',
      'com.docker.compose.project': 'streamlab-default',
      'com.docker.compose.volume': 'ui-data',
    });
    expect(partLabels(stack(), 'network', 'streamlab-default_lab')).toMatchObject({
      'com.docker.compose.network': 'lab',
    });
  });

  test.each([
    [{ 'dev.streamlab.lab': 'default', 'com.docker.compose.project': 'streamlab-default' }, true],
    [{ 'dev.streamlab.lab': 'other', 'com.docker.compose.project': 'streamlab-default' }, false],
    [{ 'dev.streamlab.lab': 'default', 'com.docker.compose.project': 'theirs' }, false],
    [{ 'com.docker.compose.project': 'streamlab-default' }, false],
    [{}, false],
  ])('say whose something is: %j', (labels, ours) => {
    expect(isOurs({ labels }, stack())).toBe(ours);
  });
});
