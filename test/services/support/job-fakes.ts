import type {
  CheckpointSummary,
  FlinkCluster,
  FlinkJobState,
  JobException,
} from '../../../src/adapters/flink/flink-rest.js';
import type { SqlSession } from '../../../src/adapters/flink/sql-gateway.js';
import type { SubmitRequest, SubmitTools } from '../../../src/services/job.js';

interface FakeJob {
  id: string;
  name: string;
  startedAt: number;
  /** What it is found in, one after the other; the last one stays. */
  states: FlinkJobState[];
  tasks?: { total: number; running: number };
}

export const noCheckpoint: CheckpointSummary = {
  counts: { restored: 0, total: 0, inProgress: 0, completed: 0, failed: 0 },
  latestCompleted: undefined,
  latestSavepoint: undefined,
  latestFailure: undefined,
  restoredFrom: undefined,
  runningSince: undefined,
};
export const checkpoint = {
  id: 1,
  isSavepoint: false,
  triggeredAt: 1,
  durationMs: 2,
  stateSizeBytes: 3,
  path: 'file:/c/chk-1',
};

export class FakeCluster implements FlinkCluster {
  readonly done: string[] = [];
  readonly list: FakeJob[] = [];
  exceptionList: JobException[] = [];
  summaries: CheckpointSummary[] = [noCheckpoint];
  overview = () => Promise.resolve({ version: '2.2.1', taskManagers: 1, slotsTotal: 4, slotsFree: 2 });
  jobs = () =>
    Promise.resolve(
      this.list.map((job) => ({
        id: job.id,
        name: job.name,
        startedAt: job.startedAt,
        state: this.stateOf(job),
        tasks: job.tasks ?? { total: 6, running: 6 },
      })),
    );
  job = (id: string) => {
    const job = this.list.find((candidate) => candidate.id === id);
    if (job === undefined) return Promise.resolve(undefined);
    return Promise.resolve({ ...job, state: job.states[0] ?? 'RUNNING', durationMs: 1, vertices: [] });
  };
  checkpoints = () =>
    Promise.resolve((this.summaries.length > 1 ? this.summaries.shift() : this.summaries[0]) ?? noCheckpoint);
  exceptions = () => Promise.resolve(this.exceptionList);
  savepoint = (id: string, options: { stop: boolean; directory?: string }) => {
    this.done.push(
      `savepoint ${id} ${options.stop ? 'and stop' : 'and go on'} ${options.directory ?? ''}`.trim(),
    );
    if (options.stop) this.end(id, 'FINISHED');
    return Promise.resolve('file:/s/savepoint-1');
  };
  checkpoint = (id: string) => {
    this.done.push(`checkpoint ${id}`);
    return Promise.resolve();
  };
  cancel = (id: string) => {
    this.done.push(`cancel ${id}`);
    this.end(id, 'CANCELED');
    return Promise.resolve();
  };
  private end(id: string, state: FlinkJobState): void {
    for (const job of this.list) if (job.id === id) job.states = [state];
  }
  private stateOf(job: FakeJob): FlinkJobState {
    return (job.states.length > 1 ? job.states.shift() : job.states[0]) ?? 'RUNNING';
  }
}

class FakeGateway {
  readonly statements: string[] = [];
  properties: Readonly<Record<string, string>> | undefined;
  closed = 0;
  constructor(
    private readonly cluster: FakeCluster,
    private readonly onStatement: (sql: string) => void = () => undefined,
  ) {}
  open = (properties: Readonly<Record<string, string>>): Promise<SqlSession> => {
    this.properties = properties;
    return Promise.resolve({
      // eslint-disable-next-line @typescript-eslint/require-await -- rejects as the real one does
      execute: async (sql: string) => {
        this.statements.push(sql);
        this.onStatement(sql);
        const isJob = sql.startsWith('EXECUTE STATEMENT SET');
        if (isJob && !this.cluster.list.some(({ id }) => id === 'new'))
          this.cluster.list.push(running('new'));
        return { columns: [], rows: [], jobId: isJob ? 'new' : undefined };
      },
      close: () => {
        this.closed++;
        return Promise.resolve();
      },
    });
  };
}

export const running = (id: string, states: FlinkJobState[] = ['RUNNING']): FakeJob => ({
  id,
  name: 'streamlab-a',
  startedAt: 1,
  states,
});
const files = [
  { name: 'flink-sql/10.sql', text: "-- where from\nSET 'x' = '${topic}';\nCREATE TABLE t (\n  a INT\n);\n" },
  {
    name: 'flink-sql/90.sql',
    text: '-- one\nINSERT INTO u\nSELECT a\nFROM t;\nINSERT INTO v\nSELECT b\nFROM t;\n',
  },
];
export const submission: SubmitRequest = {
  name: 'streamlab-a',
  files,
  values: { topic: 'raw' },
  restoreFrom: undefined,
};

export function lab(cluster = new FakeCluster(), onStatement?: (sql: string) => void) {
  const gateway = new FakeGateway(cluster, onStatement);
  const tools: SubmitTools = {
    flink: cluster,
    openSession: gateway.open,
    sleep: () => Promise.resolve(),
    signal: new AbortController().signal,
  };
  return { cluster, gateway, tools };
}
