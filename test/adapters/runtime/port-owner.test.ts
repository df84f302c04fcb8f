import { createServer, type AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { isPortFree, listeningInodes, portOwner } from '../../../src/adapters/runtime/port-owner.js';

async function listenOn(host: string): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  onTestFinished(
    () =>
      new Promise(
        (resolve) =>
          void server.close(() => {
            resolve();
          }),
      ),
  );
  return (server.address() as AddressInfo).port;
}

test.each(['127.0.0.1', '0.0.0.0'])(
  'a port taken on %s is not free, and its owner is known',
  async (host) => {
    const port = await listenOn(host);
    expect(await isPortFree(port)).toBe(false);
    expect(await portOwner(port)).toMatchObject({ pid: process.pid });
  },
);

test('a port nobody listens on is free and has no owner', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>(
    (resolve) =>
      void server.close(() => {
        resolve();
      }),
  );
  expect(await isPortFree(port)).toBe(true);
  expect(await portOwner(port)).toBeUndefined();
});

test('only listening sockets of exactly this port count', () => {
  const table = [
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
    '   0: 0100007F:2384 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 111 1',
    '   1: 0100007F:2384 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 222 1',
    '   2: 0100007F:9C40 0100007F:2384 01 00000000:00000000 00:00000000 00000000     0        0 333 1',
    '   3: 00000000:2385 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 444 1',
  ].join('\n');
  expect(listeningInodes(table, 9092)).toEqual(['111']);
});
