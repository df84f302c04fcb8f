import { defaultPorts, flagOf, type Config, type PortName } from '../../domain/config.js';
import { StreamlabError } from '../../errors.js';
import { isPortFree, portOwner } from './port-owner.js';

const host = '127.0.0.1';

/** Ports that clients use, and those that only the services themselves do. */
export interface PortNames<Public extends PortName, Internal extends string> {
  public: readonly Public[];
  internal: readonly Internal[];
}

export interface PortChoice<Name extends string> {
  ports: Record<Name, number>;
  notices: string[];
}

export interface PortWish<Name extends string> {
  config: Config;
  /** Ports of the last time; kept where they are free. */
  remembered: Readonly<Partial<Record<Name, number>>> | undefined;
  /** Services that run and so hold their port already. */
  held: ReadonlySet<Name>;
  /** Ports other labs hold or are about to take. */
  claimed: ReadonlySet<number>;
}

/**
 * A port for each service: the one asked for, the one of last time, the usual one, or the next free one.
 * @throws StreamlabError PORT_TAKEN naming the process that has a port that was asked for
 */
export async function choosePorts<Public extends PortName, Internal extends string = never>(
  names: PortNames<Public, Internal>,
  wish: PortWish<Public | Internal>,
): Promise<PortChoice<Public | Internal>> {
  const held = [...names.public, ...names.internal].filter((name) => wish.held.has(name));
  // An engine elsewhere, or without a proxy process, holds ports that look free from here.
  const taken = new Set([
    ...wish.claimed,
    ...held.flatMap((name) => wish.remembered?.[name] ?? []),
    ...askedPorts(wish.config, (name) => !names.public.some((own) => own === name)),
  ]);
  const notices: string[] = [];
  const chosen: Partial<Record<Public | Internal, number>> = {};
  for (const name of names.public) {
    const last = wish.remembered?.[name];
    const isHeld = last !== undefined && wish.held.has(name);
    const port = isHeld ? last : await choosePublic(name, last, wish, taken, notices);
    if (isHeld) notices.push(...notMoved(name, last, wish.config));
    taken.add(port);
    chosen[name] = port;
  }
  for (const name of names.internal) {
    const last = wish.remembered?.[name];
    const port = last !== undefined && wish.held.has(name) ? last : await chooseInternal(last, taken);
    taken.add(port);
    chosen[name] = port;
  }
  return { ports: chosen as Record<Public | Internal, number>, notices };
}

/** Ports that were asked for, of some of the services. */
function askedPorts(config: Config, isMeant: (name: PortName) => boolean): number[] {
  const all = Object.keys(defaultPorts) as PortName[];
  return all.filter(isMeant).flatMap((name) => config[`${name}Port`] ?? []);
}

/** What runs keeps its port; that another one was asked for is not passed over in silence. */
function notMoved(name: PortName, port: number, config: Config): string[] {
  const asked = config[`${name}Port`];
  return asked === undefined || asked === port
    ? []
    : [`${name} runs on port ${port}, not ${asked}. To move it: streamlab down, then streamlab up again.`];
}

async function choosePublic(
  name: PortName,
  last: number | undefined,
  { config }: { config: Config },
  taken: ReadonlySet<number>,
  notices: string[],
): Promise<number> {
  const setting = `${name}Port` as const;
  const asked = config[setting];
  if (asked !== undefined) {
    if (!(await isTaken(asked, taken))) return asked;
    throw new StreamlabError(
      'PORT_TAKEN',
      `${flagOf(setting)} ${asked}: the port is taken${await byWhom(asked)}.`,
      {
        suggestions: [`Name another port, or leave ${flagOf(setting)} out to have a free one chosen.`],
      },
    );
  }
  const usual = defaultPorts[name];
  const preferred = last ?? usual;
  const given = new Set([...taken, ...askedPorts(config, () => true)]);
  const port = await nextFree(preferred, given);
  if (port !== usual && (await isTaken(usual, given))) {
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

/**
 * Not one that the system hands out to connections (from 32768 on Linux, 49152 elsewhere): between this look and the start of
 * the service, some connection may be given it.
 */
async function chooseInternal(last: number | undefined, taken: ReadonlySet<number>): Promise<number> {
  if (last !== undefined && !(await isTaken(last, taken))) return last;
  return nextFree(20_000 + Math.floor(Math.random() * 12_000), taken);
}

async function byWhom(port: number): Promise<string> {
  const owner = await portOwner(port);
  return owner === undefined ? '' : ` by ${owner.name} (pid ${owner.pid})`;
}
