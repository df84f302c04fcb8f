import { describe, expect, test } from 'vitest';
import type { Runtime, StartedLab } from '../../src/adapters/runtime/runtime.js';
import { configSchema } from '../../src/domain/config.js';
import type { LabConnections } from '../../src/domain/connections.js';
import { pipelineSettings, type PipelineSettings } from '../../src/domain/lab-state.js';
import { StreamlabError } from '../../src/errors.js';
import { up, type LabConsole, type Pipeline, type UpRequest } from '../../src/services/up.js';

const config = configSchema.parse({});
const connections: LabConnections = {
  kafka: { brokers: [] },
  kafkaInside: { brokers: [] },
  flink: { restUrl: '', gatewayUrl: '' },
  clickhouse: { url: '', user: '', password: '', database: '' },
  pages: {},
};
const unused = (): never => {
  throw new Error('not asked for');
};

class FakeRuntime implements Runtime {
  readonly name = 'docker';
  readonly dataLocation = '';
  readonly transactionTimeoutMs = 1;
  readonly remembered: PipelineSettings[] = [];
  signal: AbortSignal | undefined;
  ready: Partial<StartedLab['ready']> = {};
  startLast: (() => void) | undefined;
  start = (request: { signal: AbortSignal }): Promise<StartedLab> => {
    this.signal = request.signal;
    const there = Promise.resolve();
    const ready = { kafka: there, flink: there, clickhouse: there, others: there, ...this.ready };
    const last = this.startLast === undefined ? {} : { startLast: this.startLast };
    return Promise.resolve({
      connections,
      ready,
      ...last,
      started: ['kafka'],
      notices: ['Port 9092 is taken.'],
    });
  };
  rememberPipeline = (pipeline: PipelineSettings) => {
    this.remembered.push(pipeline);
    return Promise.resolve();
  };
  view = () =>
    Promise.resolve({ connections, pipeline: { ...pipelineSettings(config), allowedLateness: 1000 } });
  exclusively = unused;
  plan = unused;
  stop = unused;
  deleteData = unused;
  status = unused;
  restoreCandidates = unused;
  serviceNames = unused;
  logs = unused;
}

class FakePipeline implements Pipeline {
  readonly done: string[] = [];
  running: { id: string } | undefined;
  createTopics = () => this.note('topics', ['t']);
  createTables = () => this.note('tables', undefined);
  runningJob = () => Promise.resolve(this.running);
  submitJob: Pipeline['submitJob'] = () => this.note('job', { id: 'j', restoredFrom: undefined });
  awaitCheckpoint = () => this.note('checkpoint', undefined);
  private note<T>(what: string, answer: T): Promise<T> {
    this.done.push(what);
    return Promise.resolve(answer);
  }
}

class FakeConsole implements LabConsole {
  isRunning = false;
  started: number[] = [];
  failure: Error | undefined;
  claim = () =>
    Promise.resolve({
      port: 4001,
      url: 'http://127.0.0.1:4001',
      isRunning: this.isRunning,
      notices: ['Port 4000 is taken.'],
    });
  start = ({ port }: { port: number }) => {
    this.started.push(port);
    return this.failure === undefined ? Promise.resolve() : Promise.reject(this.failure);
  };
}

function lab(request: Partial<UpRequest> = {}) {
  const runtime = new FakeRuntime();
  const pipeline = new FakePipeline();
  const whole: UpRequest = {
    config,
    offline: false,
    asked: [],
    report: () => undefined,
    signal: new AbortController().signal,
    ...request,
  };
  const console = new FakeConsole();
  return { runtime, pipeline, console, up: () => up({ runtime, pipeline, console }, whole, () => 0) };
}
const fails = (error: Error): Promise<void> => {
  const failure = Promise.reject(error);
  failure.catch(() => undefined);
  return failure;
};

describe('a lab that comes up', () => {
  test('has its topics before tables and job, and remembers what the job was submitted with', async () => {
    const { runtime, pipeline, up: bring } = lab();
    expect(await bring()).toEqual({
      runtime: 'docker',
      connections: { ...connections, pages: { console: 'http://127.0.0.1:4001' } },
      started: ['kafka', 'console'],
      job: { id: 'j', submitted: true },
      notices: ['Port 4000 is taken.', 'Port 9092 is taken.'],
      seconds: 0,
    });
    expect(pipeline.done[0]).toBe('topics');
    expect([...pipeline.done].sort()).toEqual(['checkpoint', 'job', 'tables', 'topics']);
    expect(runtime.remembered).toEqual([pipelineSettings(config)]);
  });

  test('says which settings do not apply to the job that runs', async () => {
    const { pipeline, runtime, up: bring } = lab({ asked: ['allowedLateness', 'guarantee'] });
    pipeline.running = { id: 'old' };
    const { job, notices } = await bring();
    expect(job).toEqual({ id: 'old', submitted: false });
    expect(notices[2]).toMatch(
      /^The job already runs with other settings \(allowedLateness is 1s, not 1m\)\./,
    );
    expect(runtime.remembered).toEqual([]);
  });
});

describe('a service that is left for the end', () => {
  /** A planner that starts last: `flink` is ready once it was started. */
  function withLatePlanner() {
    const all = lab();
    let start: () => void = () => undefined;
    const flink = new Promise<void>((resolve) => {
      start = resolve;
    });
    all.runtime.ready = { jobManager: Promise.resolve(), flink };
    all.runtime.startLast = () => {
      all.pipeline.done.push('planner started');
      start();
    };
    return all;
  }

  test('is started when the job runs, and waited for', async () => {
    const { pipeline, up: bring } = withLatePlanner();
    await bring();
    expect(pipeline.done.indexOf('planner started')).toBeGreaterThan(pipeline.done.indexOf('job'));
  });

  test('is started before, where the job needs planning', async () => {
    const { pipeline, up: bring } = withLatePlanner();
    pipeline.submitJob = async (_connections, _config, planner) => {
      await planner();
      pipeline.done.push('job');
      return { id: 'j', restoredFrom: undefined };
    };
    await bring();
    expect(pipeline.done.indexOf('planner started')).toBeLessThan(pipeline.done.indexOf('job'));
  });

  test('is started too where the job runs already', async () => {
    const { pipeline, up: bring } = withLatePlanner();
    pipeline.running = { id: 'old' };
    await bring();
    expect(pipeline.done).toContain('planner started');
  });
});

describe('the console', () => {
  test('that runs is left as it is', async () => {
    const { console, up: bring } = lab();
    console.isRunning = true;
    expect((await bring()).started).toEqual(['kafka']);
    expect(console.started).toEqual([]);
  });

  test('begins when tables and job are there, and takes nothing from the start of the services', async () => {
    const { console, runtime, up: bring } = lab();
    let isUp: () => void = () => undefined;
    runtime.ready = {
      clickhouse: new Promise((resolve) => {
        isUp = resolve;
      }),
    };
    const upping = bring();
    await new Promise(setImmediate);
    expect(console.started).toEqual([]);
    isUp();
    await upping;
    expect(console.started).toEqual([4001]);
  });

  test('that does not come up is a notice, and no failure', async () => {
    const { console, up: bring } = lab();
    console.failure = new StreamlabError('SERVICE_FAILED', 'console ended while it started.');
    const { job, notices } = await bring();
    expect(job.submitted).toBe(true);
    expect(notices.at(-1)).toBe('The lab works, but not all of it is up: console ended while it started.');
  });
});

describe('a service that the pipeline does not need', () => {
  test('and that fails is a notice with what to do, and no failure', async () => {
    const { runtime, up: bring } = lab();
    const suggestions = ['See more with: streamlab logs grafana'];
    runtime.ready = {
      others: fails(new StreamlabError('SERVICE_FAILED', 'Grafana ended.', { suggestions })),
    };
    const { job, notices } = await bring();
    expect(job.submitted).toBe(true);
    expect(notices).toEqual([
      'Port 4000 is taken.',
      'Port 9092 is taken.',
      'The lab works, but not all of it is up: Grafana ended. See more with: streamlab logs grafana',
    ]);
    expect(runtime.signal?.aborted).toBe(false);
  });

  test.each([new StreamlabError('INTERRUPTED', 'Interrupted.'), new TypeError('a defect')])(
    'does not hide an interruption or a defect: %s',
    async (error) => {
      const { runtime, up: bring } = lab();
      runtime.ready = { others: fails(error) };
      await expect(bring()).rejects.toBe(error);
    },
  );

  test('is not waited for once the pipeline has failed', async () => {
    const { runtime, up: bring } = lab();
    const error = new StreamlabError('SERVICE_FAILED', 'Kafka ended.');
    const others = new Promise<void>((_, reject) => {
      const wait = setInterval(() => {
        if (runtime.signal?.aborted !== true) return;
        clearInterval(wait);
        reject(runtime.signal.reason as Error);
      }, 1);
    });
    runtime.ready = { kafka: fails(error), others };
    await expect(bring()).rejects.toBe(error);
    expect(runtime.signal?.reason).toBe(error);
  });
});

describe('a service that the pipeline needs', () => {
  test.each(['kafka', 'flink', 'clickhouse'] as const)(
    'and that fails fails the command: %s',
    async (name) => {
      const { runtime, pipeline, up: bring } = lab();
      const error = new StreamlabError('PORT_TAKEN', 'Port 1 is taken.');
      runtime.ready = { [name]: fails(error) };
      await expect(bring()).rejects.toBe(error);
      if (name === 'kafka') expect(pipeline.done).toEqual([]);
    },
  );
});
