import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readdir, readFile, rename } from 'node:fs/promises';
import { platform } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { ProcessRecord } from '../../domain/lab-state.js';
import { reasonOf, StreamlabError } from '../../errors.js';
import type { LabFolders } from '../files/lab-store.js';

export interface DaemonSpec {
  name: string;
  command: string;
  args: readonly string[];
  env: NodeJS.ProcessEnv;
  cwd: string;
  logFile: string;
}

/**
 * Starts a process that outlives this one: a session of its own, output to the log file (the previous log is
 * kept as `.1`).
 * @throws StreamlabError SERVICE_FAILED if it cannot be started at all
 */
export async function startDaemon(spec: DaemonSpec): Promise<ProcessRecord> {
  await rename(spec.logFile, `${spec.logFile}.1`).catch(() => undefined);
  const log = openSync(spec.logFile, 'a', 0o600);
  try {
    const child = spawn(spec.command, spec.args, {
      detached: true,
      stdio: ['ignore', log, log],
      env: spec.env,
      cwd: spec.cwd,
      windowsHide: true,
    });
    const pid = await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('spawn', () => {
        resolve(child.pid ?? 0);
      });
    });
    child.unref();
    return { pid, startToken: (await startTokenOf(pid)) ?? 'gone' };
  } catch (error) {
    throw new StreamlabError('SERVICE_FAILED', `Cannot start ${spec.name}: ${reasonOf(error)}`, {
      cause: error,
    });
  } finally {
    closeSync(log);
  }
}

/** Whether this very process (not another one that has its pid now) still runs. */
export async function isAlive(record: ProcessRecord | undefined): Promise<boolean> {
  return record !== undefined && (await startTokenOf(record.pid)) === record.startToken;
}

/**
 * Asks the process to end and, when it has not after `graceMs`, kills it. Resolves when it is gone.
 * A record whose pid belongs to another process by now is left alone.
 */
export async function stopProcess(record: ProcessRecord, graceMs: number): Promise<void> {
  if (!(await isAlive(record))) return;
  signal(record.pid, 'SIGTERM');
  if (await goneWithin(record, graceMs)) return;
  signal(record.pid, 'SIGKILL');
  if (await goneWithin(record, 3_000)) return;
  throw new StreamlabError('TIMED_OUT', `Process ${record.pid} does not end, not even when killed.`);
}

function signal(pid: number, name: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function goneWithin(record: ProcessRecord, ms: number): Promise<boolean> {
  const end = Date.now() + ms;
  while (Date.now() < end) {
    if (!(await isAlive(record))) return true;
    await delay(50);
  }
  return !(await isAlive(record));
}

/**
 * A text that tells this process from any other that ever had its pid; undefined if it does not run.
 * Linux: boot id and start time in clock ticks since boot (proc(5), field 22); elsewhere what `ps` or PowerShell says.
 */
export async function startTokenOf(pid: number): Promise<string | undefined> {
  if (platform() === 'linux') return linuxStartToken(pid);
  const { execa } = await import('execa');
  const query =
    platform() === 'win32'
      ? execa('powershell', ['-NoProfile', '-Command', `(Get-Process -Id ${String(pid)}).StartTime.Ticks`])
      : execa('ps', ['-o', 'lstart=', '-p', String(pid)]);
  const result = await query.catch(() => undefined);
  const text = result?.stdout.trim();
  return text === undefined || text === '' ? undefined : text;
}

async function linuxStartToken(pid: number): Promise<string | undefined> {
  try {
    const [stat, boot] = await Promise.all([
      readFile(`/proc/${String(pid)}/stat`, 'utf8'),
      readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
    ]);
    // The name in parentheses may hold spaces and parentheses itself; fields are counted behind it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const isZombie = fields[0] === 'Z' || fields[0] === 'X';
    return isZombie ? undefined : `${boot.trim()}:${fields[19] ?? ''}`;
  } catch {
    return undefined;
  }
}

/** Stands in the command line of a lab's process, so that it can be found without any record. */
export function markerOf(service: string, folders: Pick<LabFolders, 'root'>): string {
  return `-Dstreamlab.service=${folders.root}#${service}#`;
}

/**
 * The running process whose command line holds the marker, if any. Every daemon of a lab carries one, so that a
 * process whose record was lost (a CLI killed between start and note, a deleted state file) is still found.
 */
export async function findByMarker(marker: string): Promise<ProcessRecord | undefined> {
  return (await findByMarkers([marker]))[0];
}

/** The same of several at once, in their order. */
export async function findByMarkers(
  markers: readonly string[],
): Promise<readonly (ProcessRecord | undefined)[]> {
  const listed = await processList();
  return Promise.all(markers.map((marker) => runningOf(listed, marker)));
}

async function runningOf(
  listed: readonly ListedProcess[],
  marker: string,
): Promise<ProcessRecord | undefined> {
  for (const { pid, commandLine } of listed) {
    if (pid === process.pid || !commandLine.includes(marker)) continue;
    const startToken = await startTokenOf(pid);
    if (startToken !== undefined) return { pid, startToken };
  }
  return undefined;
}

interface ListedProcess {
  pid: number;
  commandLine: string;
}

async function processList(): Promise<ListedProcess[]> {
  if (platform() === 'linux') {
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
    return Promise.all(
      pids.map(async (pid) => ({
        pid,
        commandLine: await readFile(`/proc/${String(pid)}/cmdline`, 'utf8').catch(() => ''),
      })),
    );
  }
  const { execa } = await import('execa');
  const query =
    platform() === 'win32'
      ? execa('powershell', [
          '-NoProfile',
          '-Command',
          'Get-CimInstance Win32_Process | % { "$($_.ProcessId) $($_.CommandLine)" }',
        ])
      : execa('ps', ['-axo', 'pid=,args=']);
  const text = await query.then(
    (result) => result.stdout,
    () => '',
  );
  return text.split('\n').flatMap((line) => {
    const match = /^\s*(\d+)\s+(.*)$/.exec(line);
    return match === null ? [] : [{ pid: Number(match[1]), commandLine: match[2] ?? '' }];
  });
}
