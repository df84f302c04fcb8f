import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { brokerAnswers } from '../../../src/adapters/kafka/broker-probe.js';

async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
  });
  return `127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

test('no broker answers where nobody listens', async () => {
  const server = createServer();
  const address = await listening(server);
  await new Promise((resolve) => server.close(resolve));
  expect(await brokerAnswers([address])).toBe(false);
});

test('a server that closes the connection is no broker', async () => {
  const address = await listening(createServer((socket) => socket.end()));
  expect(await brokerAnswers([address])).toBe(false);
});

test('a server of another kind is no broker, whatever it answers', async () => {
  const address = await listening(createHttpServer((_, response) => response.end('hello')));
  expect(await brokerAnswers([address])).toBe(false);
});
