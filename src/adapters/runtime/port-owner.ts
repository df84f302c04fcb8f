import { readdir, readFile, readlink } from 'node:fs/promises';
import { createServer } from 'node:net';

export interface PortOwner {
  pid: number;
  /** Name of the process as the system knows it, for instance `java`. */
  name: string;
}

/** Whether a server could listen on a TCP port now. False too where the port needs more rights than we have. */
export function isPortFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(false);
    });
    server.listen({ port, host, exclusive: true }, () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}

/**
 * The process that listens on a TCP port of this machine, or undefined when nobody does or when the system does
 * not say, which is the case for processes of other users.
 */
export async function portOwner(port: number): Promise<PortOwner | undefined> {
  return process.platform === 'linux' ? linuxPortOwner(port) : lsofPortOwner(port);
}

async function linuxPortOwner(port: number): Promise<PortOwner | undefined> {
  const tables = await Promise.all(['tcp', 'tcp6'].map((name) => textOf(`/proc/net/${name}`)));
  const sockets = new Set(
    tables.flatMap((table) => listeningInodes(table, port)).map((n) => `socket:[${n}]`),
  );
  if (sockets.size === 0) return undefined;
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry) || !(await holdsOneOf(sockets, entry))) continue;
    return { pid: Number(entry), name: (await textOf(`/proc/${entry}/comm`)).trim() };
  }
  return undefined;
}

/**
 * Inodes of the sockets that listen on a port, from the text of `/proc/net/tcp`, whose columns are described in
 * proc_net_tcp.txt of the kernel's documentation: 1 local address, 3 state (0A is LISTEN), 9 inode.
 */
export function listeningInodes(table: string, port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return table
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((columns) => columns[1]?.endsWith(suffix) === true && columns[3] === '0A')
    .flatMap((columns) => (columns[9] === undefined ? [] : [columns[9]]));
}

async function holdsOneOf(sockets: ReadonlySet<string>, pid: string): Promise<boolean> {
  try {
    const descriptors = await readdir(`/proc/${pid}/fd`);
    const targets = await Promise.all(
      descriptors.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')),
    );
    return targets.some((target) => sockets.has(target));
  } catch {
    // The process has ended, or is another user's.
    return false;
  }
}

async function textOf(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}

/** `lsof -F` prints one field a line: `p<pid>`, `c<command>`. */
async function lsofPortOwner(port: number): Promise<PortOwner | undefined> {
  const arguments_ = ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc'];
  const { execa } = await import('execa');
  const { stdout } = await execa('lsof', arguments_, { reject: false, timeout: 5_000 });
  const match = /^p(\d+)\n(?:[^c].*\n)*c(.+)$/m.exec(stdout);
  return match?.[1] === undefined ? undefined : { pid: Number(match[1]), name: match[2] ?? 'unknown' };
}
