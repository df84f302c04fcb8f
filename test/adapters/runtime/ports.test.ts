import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { choosePorts, type PortWish } from '../../../src/adapters/runtime/ports.js';
import { configSchema, type Config } from '../../../src/domain/config.js';

const names = { public: ['kafka', 'flink'], internal: ['rpc'] } as const;
type Name = 'kafka' | 'flink' | 'rpc';
const config = (values: Partial<Config> = {}): Config => ({ ...configSchema.parse({}), ...values });
const choose = (wish: Partial<PortWish<Name>>) =>
  choosePorts(names, {
    config: config(),
    remembered: undefined,
    held: new Set(),
    claimed: new Set(),
    ...wish,
  });

async function listening(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}
async function free(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('a port', () => {
  test('that was asked for is taken, and one that is taken is an error naming the flag and the process', async () => {
    const port = await free();
    expect((await choose({ config: config({ kafkaPort: port }) })).ports.kafka).toBe(port);
    const taken = await listening();
    await expect(choose({ config: config({ kafkaPort: taken }) })).rejects.toMatchObject({
      code: 'PORT_TAKEN',
      message: expect.stringMatching(
        new RegExp(`^--kafka-port ${taken}: the port is taken by .+ \\(pid ${process.pid}\\)\\.$`),
      ) as string,
    });
    await expect(
      choose({ config: config({ kafkaPort: port }), claimed: new Set([port]) }),
    ).rejects.toMatchObject({ code: 'PORT_TAKEN' });
  });

  test('that was asked for something else of the lab is left to it', async () => {
    const port = await free();
    const moved = await choose({ remembered: { kafka: port }, config: config({ consolePort: port }) });
    expect(moved.ports.kafka).not.toBe(port);
    const among = await choose({ remembered: { kafka: port }, config: config({ flinkPort: port }) });
    expect(among.ports.kafka).not.toBe(port);
    expect(among.ports.flink).toBe(port);
    await expect(choose({ config: config({ kafkaPort: port, consolePort: port }) })).rejects.toMatchObject({
      code: 'PORT_TAKEN',
    });
  });

  test('of a service that runs stays, and one that was asked for instead is not passed over in silence', async () => {
    const running = await listening();
    const wish = { remembered: { kafka: running }, held: new Set(['kafka'] as const) };
    const { ports, notices } = await choose({ ...wish, config: config({ kafkaPort: 1234 }) });
    expect(ports.kafka).toBe(running);
    expect(notices).toContain(
      `kafka runs on port ${running}, not 1234. To move it: streamlab down, then streamlab up again.`,
    );
    expect((await choose({ ...wish, config: config({ kafkaPort: running }) })).ports.kafka).toBe(running);
  });

  test('of last time is taken again where it is free, whichever of them are remembered', async () => {
    const last = await free();
    const { ports } = await choose({ remembered: { flink: last } });
    expect(ports.flink).toBe(last);
    expect(new Set(Object.values(ports)).size).toBe(3);
  });

  test('of last time that another has now is moved to the next free one', async () => {
    const last = await listening();
    const { ports } = await choose({ remembered: { flink: last, rpc: last } });
    expect(ports.flink).toBeGreaterThan(last);
    expect(ports.rpc).not.toBe(last);
  });

  test('is nobody else’s: not of a lab about to take it, nor twice in this one', async () => {
    const last = await free();
    const { ports } = await choose({
      remembered: { kafka: last, flink: last, rpc: last },
      claimed: new Set([last]),
    });
    expect(Object.values(ports)).not.toContain(last);
    expect(new Set(Object.values(ports)).size).toBe(3);
  });

  test('that a running service holds goes to no other, even where it looks free from here', async () => {
    const held = await free();
    const { ports } = await choose({
      remembered: { kafka: held, flink: held },
      held: new Set(['flink'] as const),
    });
    expect(ports.flink).toBe(held);
    expect(ports.kafka).not.toBe(held);
  });

  test('that is held but not known is chosen like any other', async () => {
    const { ports } = await choose({ held: new Set(['kafka'] as const) });
    expect(ports.kafka).toBeGreaterThan(0);
  });

  test('beyond the last one there is none', async () => {
    const claimed = new Set([65_534, 65_535]);
    await expect(choose({ remembered: { kafka: 65_534 }, claimed })).rejects.toMatchObject({
      code: 'PORT_TAKEN',
    });
  });
});
