import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addBridge, closeBridges, freeSubnet, openBridges, removeBridge } from './firewall.js';

const rounds = 50;
const prefix = 'streamlab-engine-';

export interface EngineFolder {
  dir: string;
  /** From which the engine may take the addresses of its networks. */
  subnet: string;
}

/** A folder for an engine. It says whose it is, so that {@link removeOrphans} can tell when nobody needs it. */
export function makeEngineFolder(): EngineFolder {
  const dir = mkdtempSync(join(tmpdir(), prefix));
  const subnet = freeSubnet();
  writeFileSync(join(dir, 'owner.json'), JSON.stringify({ pid: process.pid, subnet }));
  openBridges(subnet);
  addBridge(bridgeOf(dir), subnet);
  return { dir, subnet };
}

/** The engine's default network: testcontainers wants one, and `docker0` may be another engine's. */
export function bridgeOf(dir: string): string {
  return `slab-${dir.slice(-6)}`;
}

/** Removes what the engines of processes left behind that were killed before they could clean up. */
export function removeOrphans(): void {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(prefix))) {
    const dir = join(tmpdir(), name);
    const owner = /"pid":(\d+),"subnet":"([\d./]+)"/.exec(read(join(dir, 'owner.json')));
    if (owner === null || read(`/proc/${owner[1] ?? ''}/stat`) !== '') continue;
    removeTraces({ dir, subnet: owner[2] ?? '' });
  }
}

/**
 * Ends what an engine left behind: its containerd, the processes of its containers, mounts below its folder, its bridge and
 * its rule of the firewall, its folder. What belongs to the engine is told by the folder, whose name is unique.
 */
export function removeTraces({ dir, subnet }: EngineFolder): void {
  endProcesses(dir);
  const mounts = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => (line.split(' ')[1] ?? '').replaceAll('\\040', ' '))
    .filter((target) => target.startsWith(`${dir}/`));
  // The deepest first.
  for (const target of mounts.sort().reverse()) spawnSync('umount', ['--lazy', target]);
  closeBridges(subnet);
  removeBridge(bridgeOf(dir));
  rmSync(dir, { recursive: true, force: true });
}

function endProcesses(dir: string): void {
  for (let round = 0; round < rounds; round++) {
    const pids = processesOf(dir);
    if (pids.length === 0) break;
    for (const pid of pids) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // gone already
      }
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
  }
}

/** Processes that name the folder in their command lines, and all that descends from them. */
function processesOf(dir: string): number[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({ pid: Number(name), parent: parentOf(name), command: read(`/proc/${name}/cmdline`) }));
  const found = new Set(
    all.filter(({ pid, command }) => pid !== process.pid && command.includes(dir)).map(({ pid }) => pid),
  );
  for (let before = -1; before !== found.size;) {
    before = found.size;
    for (const { pid, parent } of all) if (found.has(parent)) found.add(pid);
  }
  return [...found];
}

function parentOf(pid: string): number {
  return Number(/^\d+ \(.*\) \S (\d+)/s.exec(read(`/proc/${pid}/stat`))?.[1] ?? 0);
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
