import { workerData } from 'node:worker_threads';

/*
  A thread of the evaluator: ends that process once the one that started it is gone, whatever an evaluation is doing.
  What is given is the pid of that one.
*/

const LOOK_EVERY_MS = 500;

setInterval(() => {
  if (!isThere(workerData as number)) process.kill(process.pid, 'SIGKILL');
}, LOOK_EVERY_MS);

function isThere(pid: number): boolean {
  // A pid is given again; but then it is not that of the parent.
  if (process.platform !== 'win32') return process.ppid === pid;
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
