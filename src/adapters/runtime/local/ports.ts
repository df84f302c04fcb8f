import { createServer } from 'node:net';
import { defaultPorts, type Config, type PortName } from '../../../domain/config.js';
import type { Ports } from '../../../domain/lab-state.js';
import { StreamlabError } from '../../../errors.js';
import { isPortFree, portOwner } from './port-owner.js';
import type { LocalService } from './services.js';

const host = '127.0.0.1';
const settingOf = {
  kafka: 'kafkaPort',
  flink: 'flinkPort',
  sqlGateway: 'sqlGatewayPort',
  clickhouse: 'clickhousePort',
} as const;
const flagOf = {
  kafka: '--kafka-port',
  flink: '--flink-port',
  sqlGateway: '--sql-gateway-port',
  clickhouse: '--clickhouse-port',
} as const;

export interface PortChoice {
  ports: Ports;
  notices: string[];
}

export interface PortWish {
  config: Config;
  /** Ports of the last time; kept where they are free. */
  remembered: Ports | undefined;
  /** Services that run and so hold their port already. */
  held: ReadonlySet<keyof Ports>;
  /** Ports other labs hold or are about to take. */
  claimed: ReadonlySet<number>;
}

/**
 * A port for each service: the one asked for, the one of last time, the usual one, or the next free one.
 * @throws StreamlabError PORT_TAKEN naming the process that has a port that was asked for
 */
export async function choosePorts(wish: PortWish): Promise<PortChoice> {
  const taken = new Set(wish.claimed);
  const notices: string[] = [];
  const chosen: Partial<Ports> = {};
  for (const name of Object.keys(defaultPorts) as PortName[]) {
    const port = await choosePublic(name, wish, taken, notices);
    taken.add(port);
    chosen[name] = port;
  }
  for (const name of ['kafkaController', 'flinkRpc'] as const) {
    const port = await chooseInternal(name, wish, taken);
    taken.add(port);
    chosen[name] = port;
  }
  return { ports: chosen as Ports, notices };
}

async function choosePublic(
  name: PortName,
  wish: PortWish,
  taken: ReadonlySet<number>,
  notices: string[],
): Promise<number> {
  const asked = wish.config[settingOf[name]];
  const last = wish.remembered?.[name];
  if (last !== undefined && wish.held.has(name)) return last;
  if (asked !== undefined) {
    if (!taken.has(asked) && (await isPortFree(asked, host))) return asked;
    throw new StreamlabError(
      'PORT_TAKEN',
      `${flagOf[name]} ${asked}: the port is taken${await byWhom(asked)}.`,
      {
        suggestions: [`Name another port, or leave ${flagOf[name]} out to have a free one chosen.`],
      },
    );
  }
  const usual = defaultPorts[name];
  const preferred = last ?? usual;
  const port = await nextFree(preferred, taken);
  if (port !== usual && (await isTaken(usual, taken))) {
    notices.push(`Port ${usual} is taken${await byWhom(usual)}: ${name} is on ${port}.`);
  }
  return port;
}

async function isTaken(port: number, taken: ReadonlySet<number>): Promise<boolean> {
  return taken.has(port) || !(await isPortFree(port, host));
}

async function nextFree(from: number, taken: ReadonlySet<number>): Promise<number> {
  for (let port = from; port < from + 200 && port < 65_536; port++) {
    if (!taken.has(port) && (await isPortFree(port, host))) return port;
  }
  throw new StreamlabError('PORT_TAKEN', `No free port between ${from} and ${from + 199} on ${host}.`);
}

async function chooseInternal(
  name: 'kafkaController' | 'flinkRpc',
  wish: PortWish,
  taken: ReadonlySet<number>,
): Promise<number> {
  const last = wish.remembered?.[name];
  if (last !== undefined && (wish.held.has(name) || (!taken.has(last) && (await isPortFree(last, host)))))
    return last;
  for (;;) {
    const port = await anyFreePort();
    if (!taken.has(port)) return port;
  }
}

function anyFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, host, () => {
      const address = server.address();
      server.close(() => {
        if (typeof address === 'object' && address !== null) resolve(address.port);
        else reject(new Error('no port'));
      });
    });
  });
}

async function byWhom(port: number): Promise<string> {
  const owner = await portOwner(port);
  return owner === undefined ? '' : ` by ${owner.name} (pid ${owner.pid})`;
}

/** The ports each service listens on; the first is the one clients use. */
export const holders: Record<LocalService, readonly (keyof Ports)[]> = {
  kafka: ['kafka', 'kafkaController'],
  'flink-jobmanager': ['flink', 'flinkRpc'],
  'flink-taskmanager': [],
  'flink-sql-gateway': ['sqlGateway'],
  clickhouse: ['clickhouse'],
};

/** The port on which clients find the service. */
export function portOf(service: LocalService, ports: Ports): number | undefined {
  const [name] = holders[service];
  return name === undefined ? undefined : ports[name];
}
