import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { HttpAccess } from '../../domain/connections.js';
import type { FlinkSample, JobSample } from '../../domain/pipeline/samples.js';
import type { FlinkJobState } from './flink-answers.js';
import { createFlinkRest, type CheckpointSummary, type FlinkJobSummary } from './flink-rest.js';
import { request, type RestOptions } from './http.js';
import { meaningOf } from './metric-names.js';
import { measuredTask, type MeasuredTask, type Metric, type Task } from './task-metrics.js';

const namesAnswer = z.array(z.object({ id: z.string() }));
const valuesAnswer = z.array(z.object({ id: z.string(), value: z.string() }));
const planAnswer = z.object({
  vertices: z.array(z.object({ id: z.string(), name: z.string(), parallelism: z.number() })),
  plan: z.object({
    nodes: z.array(z.object({ id: z.string(), inputs: z.array(z.object({ id: z.string() })).optional() })),
  }),
});

/** Metrics come and go with the subtasks that have them: a partition may move to another one. */
const namesForMs = 10_000;
/** Netty refuses a request whose first line is longer than 4 096 bytes. */
const maxPathLength = 3_500;
/**
 * Flink fetches metrics from its TaskManagers when somebody asks, and answers with what it had before: after a pause those
 * are as old as the pause.
 */
const pauseMs = 5_000;
const fetchMs = 500;

const ended: readonly FlinkJobState[] = ['FAILED', 'CANCELED', 'FINISHED'];

/** What is known of a job from earlier looks. */
interface Known {
  tasks: Task[];
  /** Names of the metrics that are asked for, by task. */
  names: Map<string, string[]>;
  namesAt: number;
  restarts: number | null;
  lastFailure: JobSample['lastFailure'];
}

/** Looks at the lab's job again and again; what does not change is asked for once. */
export class FlinkLook {
  private readonly flink;
  private readonly rest: RestOptions;
  private readonly jobs = new Map<string, Known>();
  private lastLookAt = 0;

  constructor(
    restUrl: string,
    access: HttpAccess | undefined,
    private readonly jobName: string,
  ) {
    this.flink = createFlinkRest(restUrl, access);
    this.rest = { service: 'Flink', url: restUrl, access };
  }

  /** @throws StreamlabError SERVICE_UNREACHABLE, TIMED_OUT, INTERRUPTED; JOB_FAILED where Flink refuses */
  async look(signal: AbortSignal): Promise<FlinkSample> {
    const { taskManagers, slotsTotal, slotsFree } = await this.flink.overview(signal);
    const job = newest((await this.flink.jobs(signal)).filter(({ name }) => name === this.jobName));
    return {
      taskManagers,
      slotsTotal,
      slotsFree,
      job: job === undefined ? null : await this.lookAtJob(job, signal),
    };
  }

  private async lookAtJob(job: FlinkJobSummary, signal: AbortSignal): Promise<JobSample> {
    const { id, state, startedAt, tasks } = job;
    // Asked for first: it makes Flink fetch all the others while the next requests are answered.
    const restarts = await this.restarts(id, signal);
    const checkpoints = await this.flink.checkpoints(id, signal);
    const known = await this.known(id, signal);
    if (restarts !== known.restarts || (state !== 'RUNNING' && known.lastFailure === null)) {
      const [failure] = await this.flink.exceptions(id, signal);
      known.lastFailure = failure === undefined ? null : { at: failure.at, sentence: failure.sentence };
      known.restarts = restarts;
      known.namesAt = 0;
    }
    const measured =
      state === 'RUNNING'
        ? await this.measure(id, known, signal)
        : known.tasks.map((task) => measuredTask(task, []));
    const pending = measured.map((task) => task.pending).filter((records) => records !== null);
    return {
      id,
      state,
      startedAt,
      tasks,
      restarts,
      checkpoints: checkpointsSample(checkpoints),
      lastFailure: known.lastFailure,
      operators: measured.map(({ operator }) => operator),
      splits: measured.flatMap(({ splits }) => splits),
      pendingRecords: pending.length === 0 ? null : pending.reduce((a, b) => a + b, 0),
    };
  }

  private async restarts(jobId: string, signal: AbortSignal): Promise<number | null> {
    const path = `/jobs/${jobId}/metrics?get=numRestarts`;
    const [found] = await request(this.rest, { method: 'GET', path, answer: valuesAnswer, signal });
    return found === undefined ? null : Number(found.value);
  }

  private async known(jobId: string, signal: AbortSignal): Promise<Known> {
    const before = this.jobs.get(jobId);
    if (before !== undefined) return before;
    const path = `/jobs/${jobId}`;
    const { vertices, plan } = await request(this.rest, { method: 'GET', path, answer: planAnswer, signal });
    const tasks = vertices.map(({ id, name, parallelism }): Task => {
      const inputs = plan.nodes.find((node) => node.id === id)?.inputs ?? [];
      return { id, name, parallelism, inputs: inputs.map((input) => input.id) };
    });
    const known = { tasks, names: new Map(), namesAt: 0, restarts: 0, lastFailure: null };
    this.jobs.set(jobId, known);
    return known;
  }

  private async measure(jobId: string, known: Known, signal: AbortSignal): Promise<MeasuredTask[]> {
    if (Date.now() - this.lastLookAt > pauseMs) await delay(fetchMs, undefined, { signal });
    this.lastLookAt = Date.now();
    const isOld = Date.now() - known.namesAt > namesForMs;
    const measured: MeasuredTask[] = [];
    for (const task of known.tasks) {
      const path = `/jobs/${jobId}/vertices/${task.id}/metrics`;
      if (isOld) {
        const all = await request(this.rest, { method: 'GET', path, answer: namesAnswer, signal });
        const names = all.map(({ id }) => id).filter((name) => meaningOf(name) !== undefined);
        known.names.set(task.id, names);
      }
      const metrics: Metric[] = [];
      for (const query of queries(path, known.names.get(task.id) ?? [])) {
        metrics.push(
          ...(await request(this.rest, { method: 'GET', path: query, answer: valuesAnswer, signal })),
        );
      }
      measured.push(measuredTask(task, metrics));
    }
    // Right after its start a job has no metrics yet.
    if (isOld && [...known.names.values()].every((names) => names.length > 0)) known.namesAt = Date.now();
    return measured;
  }
}

/** The newest that has not ended, else the newest. */
function newest(jobs: readonly FlinkJobSummary[]): FlinkJobSummary | undefined {
  const sorted = [...jobs].sort((a, b) => b.startedAt - a.startedAt);
  return sorted.find(({ state }) => !ended.includes(state)) ?? sorted[0];
}

/** Requests for the values of so many metrics, none with too long a path. */
function queries(path: string, names: readonly string[]): string[] {
  const result: string[] = [];
  for (const name of names.map(encodeURIComponent)) {
    const last = result.at(-1);
    if (last === undefined || last.length + name.length > maxPathLength) result.push(`${path}?get=${name}`);
    else result[result.length - 1] = `${last},${name}`;
  }
  return result;
}

function checkpointsSample(summary: CheckpointSummary): JobSample['checkpoints'] {
  const { counts, latestCompleted, latestFailure, runningSince } = summary;
  return {
    completed: counts.completed,
    failed: counts.failed,
    latest:
      latestCompleted === undefined
        ? null
        : {
            id: latestCompleted.id,
            triggeredAt: latestCompleted.triggeredAt,
            durationMs: latestCompleted.durationMs,
            sizeBytes: latestCompleted.stateSizeBytes,
          },
    latestFailure: latestFailure ?? null,
    runningSince: runningSince ?? null,
  };
}
