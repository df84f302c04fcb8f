import { PassThrough } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { RestoreCandidate } from '../../../domain/flink-job.js';
import type { DockerEngine } from './engine.js';

/** Where compose/compose.yaml mounts the volume with checkpoints and savepoints. */
const stateFolder = '/opt/flink/state';

/**
 * Every complete checkpoint and savepoint on the volume: those whose `_metadata`, which Flink writes last, is there. Asked
 * of the JobManager's container, since a volume cannot be read from outside.
 */
export async function restoreCandidates(
  engine: DockerEngine,
  container: string,
): Promise<RestoreCandidate[]> {
  const find = ['find', stateFolder, '-name', '_metadata', '-printf', '%T@ %h\\n'];
  const text = await engine.ask('look for checkpoints', () => outputOf(engine, container, find));
  return text.split('\n').flatMap((line) => {
    const match = /^([\d.]+) (\/.*)$/.exec(line.trim());
    return match?.[2] === undefined ? [] : [{ path: match[2], completedAtMs: Number(match[1]) * 1000 }];
  });
}

async function outputOf(engine: DockerEngine, container: string, command: string[]): Promise<string> {
  const exec = await engine.docker
    .getContainer(container)
    .exec({ Cmd: command, AttachStdout: true, AttachStderr: false });
  const stream = await exec.start({});
  const output = new PassThrough();
  const chunks: Buffer[] = [];
  output.on('data', (chunk: Buffer) => chunks.push(chunk));
  engine.docker.modem.demuxStream(stream, output, new PassThrough().resume());
  await finished(stream, { writable: false });
  const { ExitCode } = await exec.inspect();
  // Without its answer the job would begin anew, and count everything again.
  if (ExitCode !== 0) throw new Error(`${command[0] ?? ''} ended with code ${ExitCode ?? 'unknown'}`);
  return Buffer.concat(chunks).toString();
}
