import type { JobView } from '../job-view.js';
import { count, counted, lengthOf, type Facts, type Finding } from './finding.js';

const ended = ['FAILED', 'CANCELED', 'FINISHED', 'SUSPENDED'];

/** Whether there is a job, something to run it on, and whether it runs. */
export function jobFindings({ job, cluster, services, sources, facts }: Facts): Finding[] {
  if (cluster === null || isSilent(sources)) return [];
  const isTaskManagerStopped = services.some((s) => s.name === 'flink-taskmanager' && s.state === 'stopped');
  const found: Finding[] = [];
  if (cluster.taskManagers === 0 && !isTaskManagerStopped) {
    found.push(bad('no_task_manager', 'Flink has no TaskManager: the job has nowhere to run.'));
  } else if (cluster.taskManagers > 0 && cluster.slotsTotal < neededSlots(facts)) {
    const needed = neededSlots(facts);
    found.push(
      bad('too_few_slots', `Flink has ${count(cluster.slotsTotal)} task slots, and the job needs ${needed}.`),
    );
  }
  if (job === null) {
    found.push(bad('no_job', 'Flink has no job of this lab. Submit it with: streamlab job submit'));
  } else found.push(...runFindings(job));
  return found;
}

function neededSlots({ settings }: Facts['facts']): number {
  return Math.min(settings.parallelism, settings.rawPartitions);
}

function runFindings(job: JobView): Finding[] {
  const why = job.lastFailure === null ? '' : `: ${job.lastFailure.sentence}`;
  if (ended.includes(job.state)) {
    const goOn = 'Go on from its last checkpoint with: streamlab job submit';
    return [bad('job_not_running', `The job is ${job.state}${withStop(why)} ${goOn}`)];
  }
  if (job.state !== 'RUNNING') {
    const times =
      job.restarts === null || job.restarts === 0 ? '' : `, ${counted(job.restarts, 'time')} so far`;
    return [bad('job_not_running', `The job is ${job.state}${times}${withStop(why)}`)];
  }
  if (job.tasks.running < job.tasks.total) {
    const sentence = `The job is starting: ${count(job.tasks.running)} of ${count(job.tasks.total)} tasks run.`;
    return [{ severity: 'warning', code: 'job_not_running', sentence }];
  }
  return [];
}

/** Results become visible when a checkpoint completes. */
export function checkpointFindings({ job, facts, sources }: Facts): Finding[] {
  if (job?.state !== 'RUNNING' || isSilent(sources)) return [];
  const { ageMs, runningMs, failedLately, latestFailure } = job.checkpoint;
  const patienceMs = Math.max(15_000, 3 * facts.settings.checkpointInterval);
  const found: Finding[] = [];
  if (runningMs !== null && runningMs > patienceMs) {
    found.push(
      bad(
        'checkpoint_overdue',
        `A checkpoint has been under way for ${lengthOf(runningMs)}: until it is complete, no result becomes visible.`,
      ),
    );
  } else if (ageMs !== null && ageMs > patienceMs) {
    found.push(
      bad(
        'checkpoint_overdue',
        `The last checkpoint was ${lengthOf(ageMs)} ago: results since then are not visible.`,
      ),
    );
  }
  if (failedLately > 0) {
    const why = latestFailure === null ? '.' : `: ${latestFailure}`;
    const sentence = `${counted(failedLately, 'checkpoint')} failed in the last minutes${withStop(why)}`;
    found.push({ severity: 'warning', code: 'checkpoints_fail', sentence });
  }
  return found;
}

function bad(code: Finding['code'], sentence: string): Finding {
  return { severity: 'bad', code, sentence };
}

function isSilent(sources: Facts['sources']): boolean {
  return sources.some(({ source, silentMs }) => source === 'flink' && silentMs !== null);
}

function withStop(text: string): string {
  return text.endsWith('.') ? text : `${text}.`;
}
