import { request } from 'node:http';
import { execa } from 'execa';
import type { DoctorFacts } from '../../../domain/doctor.js';
import { reasonOf } from '../../../errors.js';

const patienceMs = 5_000;

/** Whether a Docker engine answers: asked through the `docker` program, which knows contexts, else at its socket. */
export async function dockerFact(): Promise<DoctorFacts['docker']> {
  const { stdout, stderr, exitCode, failed, timedOut, code } = await execa(
    'docker',
    ['version', '--format', '{{.Server.Version}}'],
    { reject: false, timeout: patienceMs },
  );
  if (!failed && stdout !== '') return { reachable: true, version: stdout.trim() };
  if (timedOut) return { reachable: false, reason: `it did not answer within ${patienceMs / 1000} s` };
  if (exitCode === undefined && code === 'ENOENT') return askSocket('/var/run/docker.sock');
  return { reachable: false, reason: lastLine(stderr) };
}

async function askSocket(socketPath: string): Promise<DoctorFacts['docker']> {
  try {
    const { Version } = JSON.parse(await httpGet(socketPath, '/version')) as { Version: string };
    return { reachable: true, version: Version };
  } catch (error) {
    return { reachable: false, reason: `there is no docker program, and the socket says ${reasonOf(error)}` };
  }
}

function httpGet(socketPath: string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const call = request({ socketPath, path, timeout: patienceMs }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => {
        resolve(text);
      });
    });
    call.on('timeout', () => call.destroy(new Error('nothing')));
    call.on('error', reject);
    call.end();
  });
}

function lastLine(text: string): string {
  return (text.trim().split('\n').at(-1) ?? '').replace(/[.?!]+$/, '') || 'it does not answer';
}
