import { createServer as createHttp } from 'node:http';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { DockerEngine } from '../../../../src/adapters/runtime/docker/engine.js';

async function listening(server: Server): Promise<DockerEngine> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return new DockerEngine({ text: `tcp://127.0.0.1:${port}`, source: 'the test', host: '127.0.0.1', port });
}

test('an engine that takes a question and never answers is given up, and its connection closed', async () => {
  let closed: Promise<unknown> | undefined;
  const engine = await listening(
    createServer((socket) => {
      socket.on('error', () => undefined).resume();
      closed = new Promise((resolve) => socket.once('close', resolve));
    }),
  );
  await expect(engine.ask('answer', () => engine.docker.info(), 100)).rejects.toMatchObject({
    code: 'TIMED_OUT',
  });
  // An open connection would keep the process alive.
  await closed;
});

test('a pull that fails after its first layer is a failure', async () => {
  const lines = [
    { status: 'Downloading', id: 'aaaa', progressDetail: { current: 1, total: 2 } },
    { error: 'write /var/lib/docker/tmp/x: no space left on device' },
  ];
  const engine = await listening(
    createHttp((_, response) => {
      response.end(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    }),
  );
  const states: string[] = [];
  const pull = engine.pull(
    'a:1',
    (event) => event.type === 'step' && states.push(event.state),
    AbortSignal.timeout(5_000),
  );
  await expect(pull).rejects.toMatchObject({ code: 'DISK_FULL' });
  expect(states.at(-1)).toBe('failed');
});
