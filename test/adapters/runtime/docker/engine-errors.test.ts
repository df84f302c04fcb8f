import { createConnection } from 'node:net';
import { stat } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { engineError, pullError, statusOf } from '../../../../src/adapters/runtime/docker/engine-errors.js';
import { StreamlabError } from '../../../../src/errors.js';

const address = {
  text: 'unix:///var/run/docker.sock',
  source: 'the default',
  socketPath: '/var/run/docker.sock',
};
/** As docker-modem makes it of an answer. */
const answer = (statusCode: number, text: string, reason = 'server error') =>
  Object.assign(new Error(`(HTTP code ${statusCode}) ${reason} - ${text} `), { statusCode, reason });
const endpoint =
  'on endpoint streamlab-default-kafka-1 (d5bda004c9be51ea36bfa876e0bd4f9bb118c85d9bba9bc05e5dd4546c409b91)';
const driver = `driver failed programming external connectivity ${endpoint}`;

describe('a port that is taken is named', () => {
  // From reports of engines 18.06 to 28 and Docker Desktop on three systems, with our addresses.
  test.each([
    ['another container', `${driver}: Bind for 127.0.0.1:19092 failed: port is already allocated`],
    [
      'a process, up to 27',
      `${driver}: Error starting userland proxy: listen tcp4 127.0.0.1:19092: bind: address already in use`,
    ],
    [
      'a process, 20.10',
      `${driver}: Error starting userland proxy: listen tcp 127.0.0.1:19092: bind: address already in use`,
    ],
    [
      'a process, 28',
      `failed to set up container networking: ${driver}: failed to bind host port for 127.0.0.1:19092:172.18.0.2:9092/tcp: address already in use`,
    ],
    ['a process, 28, shorter', `failed to bind host port for 127.0.0.1:19092: address already in use`],
    [
      'a process, 29',
      `failed to set up container networking: ${driver}: failed to bind host port 127.0.0.1:19092/tcp: address already in use`,
    ],
    [
      'over IPv6',
      `${driver}: Error starting userland proxy: listen tcp6 [::1]:19092: bind: address already in use`,
    ],
    [
      'Docker Desktop on a Mac',
      'Ports are not available: exposing port TCP 127.0.0.1:19092 -> 0.0.0.0:0: listen tcp 127.0.0.1:19092: bind: address already in use',
    ],
    [
      'Docker Desktop of now',
      'ports are not available: exposing port TCP 127.0.0.1:19092 -> 127.0.0.1:0: listen tcp4 127.0.0.1:19092: bind: address already in use',
    ],
    [
      'Docker Desktop on Windows',
      'Ports are not available: exposing port TCP 127.0.0.1:19092 -> 127.0.0.1:0: listen tcp4 127.0.0.1:19092: bind: Only one usage of each socket address (protocol/network address/port) is normally permitted.',
    ],
    [
      'Windows itself',
      'Ports are not available: listen tcp 127.0.0.1:19092: bind: An attempt was made to access a socket in a way forbidden by its access permissions.',
    ],
    [
      'Windows, 18.06',
      `${driver}: Error starting userland proxy: listen tcp 127.0.0.1:19092: bind: Only one usage of each socket address (protocol/network address/port) is normally permitted.`,
    ],
  ])('%s', (_, text) => {
    expect(engineError(address, 'start streamlab-default-kafka-1', answer(500, text))).toMatchObject({
      code: 'PORT_TAKEN',
      message: 'Port 19092 is taken (start streamlab-default-kafka-1).',
    });
  });

  test('but a name in use, or a port that is not said, is no such thing', () => {
    const conflict =
      'Conflict. The container name "/streamlab-default-kafka-1" is already in use by container "ab12:34". You have to remove (or rename) that container to be able to reuse that name.';
    expect(engineError(address, 'create it', answer(409, conflict, 'unexpected'))).toMatchObject({
      code: 'SERVICE_FAILED',
      message: `The Docker engine could not create it: ${conflict}`,
    });
    expect(engineError(address, 'start it', answer(500, `${driver}: Failed to bind: EADDRINUSE`)).code).toBe(
      'SERVICE_FAILED',
    );
  });
});

describe('an engine', () => {
  test.each([
    answer(
      500,
      'failed to register layer: Error processing tar file(exit status 1): write /usr/lib/x.so: no space left on device',
    ),
    answer(500, 'mkdir /var/lib/docker/overlay2/1f-init: no space left on device'),
    new Error('write /var/lib/docker/tmp/GetImageBlob1: no space left on device'),
  ])('whose disk is full says so: %s', (error) => {
    expect(engineError(address, 'create it', error)).toMatchObject({ code: 'DISK_FULL', cause: error });
    expect(pullError(address, 'x:1', error)).toMatchObject({ code: 'DISK_FULL' });
  });

  test.each(['EACCES', 'EPERM'])('that may not be used is not one that is not there: %s', (code) => {
    const error = Object.assign(new Error(`connect ${code} /var/run/docker.sock`), {
      code,
      syscall: 'connect',
    });
    expect(engineError(address, 'list containers', error)).toMatchObject({
      code: 'NOT_PERMITTED',
      message: 'You may not use the Docker engine at unix:///var/run/docker.sock (from the default).',
      suggestions: [
        expect.stringContaining('usermod -aG docker') as string,
        expect.stringContaining('--runtime local') as string,
      ],
    });
  });

  test('that is not there is named with what chose it', async () => {
    const error = await new Promise<Error>((resolve) => {
      createConnection('/nowhere/docker.sock').once('error', resolve);
    });
    expect(engineError(address, 'list containers', error)).toMatchObject({
      code: 'SERVICE_UNREACHABLE',
      message:
        'The Docker engine at unix:///var/run/docker.sock (from the default) cannot be reached: there is no such socket.',
    });
  });

  test('that refuses, on both addresses of a name, says so once', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED ::1:2375'), { code: 'ECONNREFUSED' });
    const both = Object.assign(new AggregateError([refused, refused], ''), { code: 'ECONNREFUSED' });
    for (const error of [refused, both])
      expect(engineError(address, 'x', error).message).toMatch(
        /cannot be reached: connect ECONNREFUSED ::1:2375\.$/,
      );
  });

  test('is not blamed for a file of this machine that is gone', async () => {
    const error: unknown = await stat('/nowhere/connector.jar').catch((reason: unknown) => reason);
    expect(engineError(address, 'create kafka', error)).toMatchObject({
      code: 'SERVICE_FAILED',
      message: expect.stringContaining('/nowhere/connector.jar') as string,
    });
  });

  test('that answers with anything else is quoted, and our own errors stay what they are', () => {
    expect(
      engineError(address, 'start it', answer(404, 'No such container: x', 'no such container')),
    ).toMatchObject({
      code: 'SERVICE_FAILED',
      message: 'The Docker engine could not start it: No such container: x',
    });
    const own = new StreamlabError('TIMED_OUT', 'late');
    expect(engineError(address, 'x', own)).toBe(own);
    expect(statusOf(answer(304, ''))).toBe(304);
    expect([statusOf('text'), statusOf(null), statusOf(new Error('x'))]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe('a pull that fails says why in words', () => {
  test.each([
    [
      'the registry allows no more pulls for now',
      [
        'toomanyrequests: You have reached your unauthenticated pull rate limit. https://www.docker.com/increase-rate-limit',
        'toomanyrequests: You have reached your pull rate limit. You may increase the limit by authenticating and upgrading: https://www.docker.com/increase-rate-limit',
        'failed to copy: httpReadSeeker: failed open: unexpected status code https://registry-1.docker.io/v2/x/manifests/sha256:7a54: 429 Too Many Requests - Server message: toomanyrequests: Too Many Requests',
      ],
    ],
    [
      'the registry refuses it, or does not have it',
      [
        "pull access denied for x, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
        'unauthorized: authentication required',
        'Get "https://ghcr.io/v2/x/manifests/1": unauthorized',
      ],
    ],
    [
      'the registry does not have it',
      [
        'manifest for apache/kafka:0.0.0 not found: manifest unknown: manifest unknown',
        'manifest unknown',
        'failed to resolve reference "docker.io/apache/kafka:0.0.0": docker.io/apache/kafka:0.0.0: not found',
        'manifest for x@sha256:4291111 not found: manifest unknown',
      ],
    ],
    [
      'there is none for this kind of processor',
      [
        'no matching manifest for linux/arm64/v8 in the manifest list entries',
        'no matching manifest for linux/arm64/v8 in the manifest list entries: no match for platform in manifest: not found',
      ],
    ],
    [
      'the registry cannot be reached',
      [
        'Get "https://registry-1.docker.io/v2/": net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)',
        'Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io: no such host',
        'Get "https://registry-1.docker.io/v2/": context deadline exceeded',
        'Get "https://registry-1.docker.io/v2/": dial tcp 1.2.3.4:443: connect: connection refused',
        'Get "https://registry-1.docker.io/v2/": EOF',
      ],
    ],
  ])('%s', (why, texts) => {
    for (const text of texts) {
      for (const error of [new Error(text), answer(500, text)]) {
        expect(pullError(address, 'x:1', error)).toMatchObject({
          code: 'DOWNLOAD_FAILED',
          message: `The image x:1 could not be pulled: ${why}.`,
          evidence: [text],
        });
      }
    }
  });

  test('or in the engine’s own, where they are not known', () => {
    expect(pullError(address, 'x:1', new Error('typeof nonsense')).message).toBe(
      'The image x:1 could not be pulled: typeof nonsense.',
    );
  });

  test('but an engine that is gone is not the registry’s fault', () => {
    const error = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    expect(pullError(address, 'x:1', error).code).toBe('SERVICE_UNREACHABLE');
  });
});
