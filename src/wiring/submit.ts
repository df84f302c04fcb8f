import { randomBytes, randomUUID } from 'node:crypto';
import type { KeptPlans, Runtime } from '../adapters/runtime/runtime.js';
import { withoutSecrets } from '../domain/attach/secrets.js';
import type { Config } from '../domain/config.js';
import type { FlinkConnection, LabConnections } from '../domain/connections.js';
import { replanned, restorePlaceholder } from '../domain/execution-plan.js';
import { jobFileNames, jobName, jobValues, newestRestorePoint, planJob } from '../domain/flink-job.js';
import type { TemplateFile } from '../domain/template.js';
import type { SubmittedJob, SubmitTools } from '../services/job.js';
import { jobTools } from './pipeline.js';

export interface SubmitContext {
  runtime: Runtime;
  connections: LabConnections;
  config: Config;
  /** Resolves when the SQL Gateway answers; left out where it does. */
  planner?: () => Promise<void>;
  signal: AbortSignal;
}

/**
 * Submits the job from a given checkpoint or savepoint, or else from the newest there is. Never from the beginning
 * when there is one: that would count again what has been counted.
 */
export async function submitFrom(from: string | undefined, context: SubmitContext): Promise<SubmittedJob> {
  const { runtime, connections, config, signal } = context;
  const { submitJob } = await import('../services/job.js');
  const restoreFrom = from ?? newestRestorePoint(await runtime.restoreCandidates())?.path;
  const source = await jobSource(context);
  const tools: SubmitTools = {
    ...(await jobTools(connections, signal)),
    openSession: sessionsOf(context),
    submitKept: (path, until) => submitKept(source, path, { ...context, signal: until }),
    forgetKept: async () => runtime.plans?.forget(),
  };
  return withoutSecrets(connections, () =>
    submitJob({ name: jobName(config.lab), ...source, restoreFrom }, tools),
  );
}

interface JobSource {
  files: TemplateFile[];
  values: Record<string, string | number>;
}

async function jobSource({ runtime, connections, config }: SubmitContext): Promise<JobSource> {
  const { readPackageFile } = await import('../adapters/files/package-files.js');
  return {
    files: await Promise.all(jobFileNames(config.audit).map((name) => readPackageFile('flink-sql', name))),
    values: jobValues(config, {
      kafkaBootstrap: connections.kafkaInside.brokers.join(','),
      kafkaSecurity: connections.kafkaInside.security,
      transactionTimeoutMs: runtime.transactionTimeoutMs,
      payloadMark: randomUUID(),
    }),
  };
}

function sessionsOf({ connections: { flink }, planner }: SubmitContext): SubmitTools['openSession'] {
  return async (properties, until) => {
    await planner?.();
    const { openSqlSession } = await import('../adapters/flink/sql-gateway.js');
    const all = { ...stateProperties(flink), ...properties };
    return openSqlSession(flink.gatewayUrl, all, until, flink.access);
  };
}

function stateProperties({ stateDir }: FlinkConnection): Record<string, string> {
  return stateDir === undefined ? {} : { 'execution.checkpointing.dir': `${stateDir}/checkpoints` };
}

/** The statements as they would be sent, but for the mark, which is another each time. */
function statementsOf({ files, values }: JobSource): string {
  const { setup, inserts } = planJob(files, { ...values, payloadMark: 'mark' });
  return JSON.stringify([...setup, ...inserts].map(({ sql }) => sql));
}

async function submitKept(
  source: JobSource,
  restoreFrom: string,
  { runtime: { plans }, connections, signal }: SubmitContext,
): Promise<string | undefined> {
  if (plans === undefined) return undefined;
  const plan = await plans.read(statementsOf(source));
  const jobId = randomBytes(16).toString('hex');
  const next = plan === undefined ? undefined : replanned(plan, { jobId, restoreFrom });
  if (next === undefined) {
    // So that it is seen that there is none for this job.
    await plans.forget();
    return undefined;
  }
  const { submitPlan } = await import('../adapters/flink/execution-plans.js');
  let isTaken = false;
  try {
    isTaken = await submitPlan(connections.flink.restUrl, next, signal);
  } finally {
    // Whatever was wrong with it, the next attempt plans anew.
    if (!isTaken) await plans.forget();
  }
  return isTaken ? jobId : undefined;
}

/**
 * Plans the job once more and keeps that plan for the next submission, if there is none yet.
 * @throws StreamlabError when the SQL Gateway does not answer, or refuses
 */
export async function keepPlan(
  context: SubmitContext & { plans: KeptPlans; report: (sentence: string) => void },
): Promise<void> {
  const { plans, connections, report, signal } = context;
  const source = await jobSource(context);
  const statements = statementsOf(source);
  if ((await plans.read(statements)) !== undefined) return;
  const [{ catchPlan }, { planAndSubmit }] = await Promise.all([
    import('../adapters/flink/execution-plans.js'),
    import('../services/job.js'),
  ]);
  const openSession = sessionsOf(context);
  const plan = await catchPlan(connections.flink.restUrl, (properties) =>
    planAndSubmit(planJob(source.files, source.values), restorePlaceholder, {
      openSession: (others, until) => openSession({ ...others, ...properties }, until),
      signal,
    }),
  );
  // Whether it can be used is known now, while there is time.
  const sample = { jobId: randomBytes(16).toString('hex'), restoreFrom: '/sample' };
  if (replanned(plan, sample) === undefined) report('The plan is not as expected, and is not kept.');
  else await plans.write(statements, plan);
}
