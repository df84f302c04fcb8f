import { expect, test } from 'vitest';
import { diagnose, type Check, type DoctorFacts } from '../../src/domain/doctor.js';

const healthy: DoctorFacts = {
  runtime: 'auto',
  node: { version: 'v20.20.2', required: '>=20.19.4' },
  java: { found: true, version: '17.0.15', source: 'PATH', java: '/usr/bin/java' },
  disks: [
    { purpose: 'cache', folder: '/cache', freeBytes: 50e9 },
    { purpose: 'state', folder: '/state', freeBytes: 50e9 },
  ],
  memory: { totalBytes: 16e9, availableBytes: 8e9 },
  ports: [{ service: 'kafka', setting: 'kafkaPort', port: 9092, asked: false, free: true, own: false }],
  cache: { readable: true, folder: '/cache', good: 103, missing: [], corrupt: [], missingBytes: 0 },
  docker: {
    reachable: true,
    address: 'unix:///var/run/docker.sock (from the default)',
    version: '28.0.1',
    apiVersion: '1.48',
    isRootless: false,
    memoryBytes: 8e9,
    images: { missing: [], unpullable: undefined },
  },
  chdb: { installed: true, platform: 'linux-x64' },
  versions: { kafka: '4.3.1', flink: '2.2.1', kafkaConnector: '5.0.0-2.2' },
};

function checkOf(name: string, facts: Partial<DoctorFacts>): Check {
  const found = diagnose({ ...healthy, ...facts }).find((check) => check.name === name);
  if (found === undefined) throw new Error(`no check ${name}`);
  return found;
}

test('a healthy machine has nothing to do', () => {
  for (const check of diagnose(healthy)) expect(check).toMatchObject({ status: 'ok', suggestion: null });
});

test('every finding that is not ok says what to do', () => {
  const bad: DoctorFacts = {
    runtime: 'local',
    node: { version: 'v18.0.0', required: '>=20.19.4' },
    java: { found: false, message: 'none', suggestion: 'Install it' },
    disks: healthy.disks.map((disk) => ({ ...disk, freeBytes: 1e6 })),
    memory: { totalBytes: 2e9, availableBytes: 1e9 },
    ports: healthy.ports.map((port) => ({ ...port, free: false })),
    cache: {
      readable: true,
      folder: '/cache',
      good: 0,
      missing: ['a:b:1'],
      corrupt: ['a:c:1'],
      missingBytes: 9e6,
    },
    docker: { reachable: false, reason: 'The Docker engine does not answer' },
    chdb: { installed: false, platform: 'win32-x64' },
    versions: { kafka: '4.3.1', flink: '2.3.0', kafkaConnector: '5.0.0-2.2' },
  };
  for (const check of diagnose(bad)) {
    expect(check.status, check.name).not.toBe('ok');
    expect(check.suggestion, check.name).toMatch(/\w/);
  }
});

test.each([
  ['v20.19.3', 'fail'],
  ['v20.19.4', 'ok'],
  ['v22.0.0', 'ok'],
  ['v9.99.99', 'fail'],
] as const)('Node %s: %s', (version, status) => {
  expect(checkOf('node', { node: { version, required: '>=20.19.4' } }).status).toBe(status);
});

test.each([
  ['auto', 'fail'],
  ['local', 'fail'],
  ['docker', 'warn'],
  ['attach', 'warn'],
] as const)('no Java with the runtime %s: %s', (runtime, status) => {
  const java = { found: false, message: 'Java 8 is too old', suggestion: 'Install 17' } as const;
  expect(checkOf('java', { runtime, java })).toEqual({
    name: 'java',
    status,
    message: 'Java 8 is too old',
    suggestion: 'Install 17',
  });
});

test('a Java newer than tested is a warning', () => {
  const java = { ...healthy.java, warning: 'newer than tested' } as DoctorFacts['java'];
  expect(checkOf('java', { java }).status).toBe('warn');
});

test.each([
  ['auto', 'warn'],
  ['docker', 'fail'],
] as const)('no Docker with the runtime %s: %s', (runtime, status) => {
  const docker = { reachable: false, reason: 'there is none' } as const;
  expect(checkOf('docker', { runtime, docker }).status).toBe(status);
});

test('too little disk for what is still to download fails', () => {
  const cache = { ...healthy.cache, missing: ['a:b:1'], missingBytes: 159e6 } as DoctorFacts['cache'];
  const disks: DoctorFacts['disks'] = [{ purpose: 'cache', folder: '/cache', freeBytes: 100e6 }];
  expect(checkOf('disk-cache', { cache, disks })).toMatchObject({
    status: 'fail',
    message: '100 MB free for the cache in /cache. At least 159 MB are needed.',
  });
});

test.each([
  [0.4e9, 'fail'],
  [1e9, 'warn'],
  [3e9, 'ok'],
] as const)('%d bytes free for the state: %s', (freeBytes, status) => {
  const disks: DoctorFacts['disks'] = [{ purpose: 'state', folder: '/state', freeBytes }];
  expect(checkOf('disk-state', { disks }).status).toBe(status);
});

test.each([
  ['the usual port, taken by another', { asked: false, own: false }, 'warn'],
  ['a port that was asked for, taken by another', { asked: true, own: false }, 'fail'],
  ['a port that this lab holds', { asked: true, own: true }, 'ok'],
] as const)('%s: %s', (_, given, status) => {
  const port = { ...healthy.ports[0]!, ...given, free: false, owner: { pid: 42, name: 'java' } };
  const check = checkOf('port-9092', { ports: [port] });
  expect(check.status).toBe(status);
  if (!given.own) expect(check.message).toContain('java (pid 42)');
});

test('a corrupt jar is named', () => {
  const cache = { ...healthy.cache, corrupt: ['org.example:bad:1.0'] } as DoctorFacts['cache'];
  expect(checkOf('cache', { cache })).toMatchObject({
    status: 'fail',
    message: expect.stringContaining('org.example:bad:1.0') as string,
  });
});

test.each([
  [{ kafka: '4.3.1', flink: '2.3.0', kafkaConnector: '5.0.0-2.2' }],
  [{ kafka: '4.3.1', flink: '2.2.1', kafkaConnector: '9.9.9-9.9' }],
  [{ kafka: '5.0.0', flink: '2.2.1', kafkaConnector: '5.0.0-2.2' }],
])('versions that do not fit are refused: %o', (versions) => {
  expect(checkOf('versions', { versions }).status).toBe('fail');
});
