import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { KafkaCluster } from '../../../src/adapters/kafka/cluster.js';

test('once it is closed no connection is left, nor opened any more by who still asks', async () => {
  const sockets: Socket[] = [];
  const server = createServer((socket) => sockets.push(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const address = `127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  const cluster = new KafkaCluster({ brokers: [address] });
  await cluster.anyBroker();
  const [socket] = sockets;
  const ended = once(socket!, 'end');
  await cluster.close();
  await ended;
  await expect(cluster.connect(address)).rejects.toThrow('the connections to Kafka are closed');
  expect(sockets).toHaveLength(1);
});
