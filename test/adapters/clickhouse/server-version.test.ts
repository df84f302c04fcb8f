import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { serverVersion } from '../../../src/adapters/clickhouse/server-version.js';

/** A server that answers each connection so, and the address of it. */
async function answering(answer: (socket: Socket) => void): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => {
      answer(socket);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
  });
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

const ask = (url: string) => serverVersion({ url, user: 'a', password: 'b', database: 'c' });

test('the version is what the server says, if it is one', async () => {
  const head = 'HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n';
  expect(await ask(await answering((socket) => socket.end(`${head}26.7.2.1\n`)))).toBe('26.7.2.1');
  const another = ask(await answering((socket) => socket.end(`${head}hello`)));
  await expect(another).rejects.toMatchObject({ code: 'SERVICE_UNREACHABLE' });
});

test('a server that sends a byte now and then is not waited for without end', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => {
    vi.useRealTimers();
  });
  let begun: () => void = () => undefined;
  const first = new Promise<void>((resolve) => (begun = resolve));
  const url = await answering((socket) => {
    socket.write('HTTP/1.1 200 OK\r\n\r\n2');
    const drip = setInterval(() => socket.write('6'), 20);
    socket.on('close', () => {
      clearInterval(drip);
    });
    begun();
  });
  const asking = expect(ask(url)).rejects.toThrow('no answer within 10 s');
  await first;
  await vi.advanceTimersByTimeAsync(10_000);
  await asking;
});
