import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { pipelineSettings } from '../../../../src/domain/lab-state.js';
import { LabStore } from '../../../../src/adapters/files/lab-store.js';
import { AttachRuntime } from '../../../../src/adapters/runtime/attach/attach-runtime.js';
import type { AttachSystems, JobRun } from '../../../../src/adapters/runtime/attach/attach-systems.js';
import type { Thing } from '../../../../src/domain/attach/created.js';
import type { AttachFacts } from '../../../../src/domain/attach/facts.js';
import { resolveConfig } from '../../../../src/domain/config.js';
import type { LabConnections } from '../../../../src/domain/connections.js';

const config = resolveConfig({ file: undefined, environment: { kafkaBrokers: 'k:1' }, flags: {} });
const connections: LabConnections = {
  kafka: { brokers: ['k:1'] },
  kafkaInside: { brokers: ['k:1'] },
  flink: { restUrl: 'http://f', gatewayUrl: 'http://g' },
  clickhouse: { url: 'http://c', user: 'u', password: 'secret-word', database: 'd', isPasswordGiven: true },
  pages: {},
};

/** Systems that only remember; ids count up. */
class FakeSystems implements AttachSystems {
  readonly allGroups = ['streamlab-flink'];
  present = { topics: [] as Thing[], database: undefined as Thing | undefined, tables: [] as Thing[] };
  groupsThere: string[] = [];
  runs: JobRun[] = [];
  slotsFree = 2;
  refuseDelete = false;
  unreachable: string[] = [];
  private nextId = 1;

  make(name: string): Thing {
    return { name, id: String(this.nextId++) };
  }
  facts(): Promise<AttachFacts> {
    const { slotsFree } = this;
    return Promise.resolve({
      kafka: {
        reached: true,
        facts: {
          brokers: 1,
          topics: [],
          groups: [],
          transactions: { acceptedTimeoutMs: 3_600_000, error: undefined },
        },
      },
      flink: {
        reached: true,
        facts: {
          version: '2.2.1',
          taskManagers: 1,
          slotsTotal: 2,
          slotsFree,
          isJobRunning: false,
          checkpointDir: 'file:/c',
          savepointDir: 'file:/s',
        },
      },
      gateway: { reached: true, facts: { version: '2.2.1', connector: { ok: true } } },
      clickhouse: {
        reached: true,
        facts: {
          version: '26',
          user: 'u',
          hasKafkaEngine: true,
          missingGrants: [],
          hasCollection: undefined,
        },
      },
    });
  }
  version(service: string): Promise<string | null> {
    return this.unreachable.includes(service) ? Promise.reject(new Error('down')) : Promise.resolve('1');
  }
  topics = () => Promise.resolve([...this.present.topics]);
  tables = () => Promise.resolve({ database: this.present.database, tables: [...this.present.tables] });
  groups = () => Promise.resolve([...this.groupsThere]);
  deleteTopics(topics: readonly Thing[]): Promise<void> {
    if (this.refuseDelete) return Promise.reject(new Error('refused'));
    this.present.topics = this.present.topics.filter(({ id }) => !topics.some((topic) => topic.id === id));
    return Promise.resolve();
  }
  deleteGroups(groups: readonly string[]): Promise<string[]> {
    this.groupsThere = this.groupsThere.filter((group) => !groups.includes(group));
    return Promise.resolve([]);
  }
  dropTables(tables: readonly Thing[]): Promise<void> {
    this.present.tables = this.present.tables.filter(({ id }) => !tables.some((table) => table.id === id));
    return Promise.resolve();
  }
  dropDatabase(): Promise<void> {
    this.present.database = undefined;
    return Promise.resolve();
  }
  jobRuns = () => Promise.resolve(this.runs);
  cancelJob(): Promise<void> {
    this.runs = this.runs.map((run) => ({ ...run, isOver: true }));
    return Promise.resolve();
  }
}

let folder: string;
let systems: FakeSystems;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'streamlab-attach-'));
  systems = new FakeSystems();
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** As each command makes it: the state is read from disk. */
async function open(): Promise<AttachRuntime> {
  const store = new LabStore(folder, 'default');
  return new AttachRuntime(store, await store.readOf('attach'), connections, systems);
}
const start = (runtime: AttachRuntime) =>
  runtime.start({ config, offline: false, report: () => undefined, signal: new AbortController().signal });

/** `up` as the pipeline does it. */
async function bringUp(): Promise<AttachRuntime> {
  const runtime = await open();
  await start(runtime);
  await runtime.noteCreations(() => {
    if (!systems.present.topics.some(({ name }) => name === 'raw'))
      systems.present.topics.push(systems.make('raw'));
    return Promise.resolve();
  });
  await runtime.noteCreations(() => {
    systems.present.database ??= systems.make('d');
    if (!systems.present.tables.some(({ name }) => name === 'dlq_queue'))
      systems.present.tables.push(systems.make('dlq_queue'));
    systems.groupsThere = ['streamlab-flink'];
    return Promise.resolve();
  });
  return runtime;
}

describe('up and down on systems that are not ours', () => {
  test('removes exactly what it created', async () => {
    const theirs = systems.make('events.of-others');
    systems.present.topics.push(theirs);
    await bringUp();
    const runtime = await open();
    expect(runtime.deleteQuestion()).toMatch(
      /topic raw; consumer group streamlab-flink; the database d with 1 table/,
    );
    expect(runtime.deleteQuestion()).not.toContain('events.of-others');
    await runtime.stop();
    await runtime.deleteData();
    expect(systems.present).toEqual({ topics: [theirs], database: undefined, tables: [] });
    expect(systems.groupsThere).toEqual([]);
    expect(await new LabStore(folder, 'default').read()).toBeUndefined();
  });

  test('never touches what was there before, whatever its name', async () => {
    systems.present = {
      topics: [systems.make('raw')],
      database: systems.make('d'),
      tables: [systems.make('dlq_queue')],
    };
    systems.groupsThere = ['streamlab-flink'];
    const before = structuredClone(systems.present);
    await bringUp();
    const runtime = await open();
    expect(runtime.deleteQuestion()).toMatch(/created nothing/);
    await runtime.deleteData();
    expect(systems.present).toEqual(before);
    expect(systems.groupsThere).toEqual(['streamlab-flink']);
  });

  test('keeps its database when somebody put a table into it, and a topic that was made anew', async () => {
    await bringUp();
    const foreign = systems.make('mine');
    systems.present.tables.push(foreign);
    systems.present.topics = [systems.make('raw')];
    const runtime = await open();
    await runtime.deleteData();
    expect(systems.present.tables).toEqual([foreign]);
    expect(systems.present.database).toBeDefined();
    expect(systems.present.topics).toHaveLength(1);
  });

  test('remembers what it created through a second up', async () => {
    await bringUp();
    await (await open()).stop();
    await bringUp();
    await (await open()).deleteData();
    expect(systems.present).toEqual({ topics: [], database: undefined, tables: [] });
  });

  test('goes on where a removal was refused', async () => {
    await bringUp();
    systems.refuseDelete = true;
    await expect((await open()).deleteData()).rejects.toThrow('refused');
    systems.refuseDelete = false;
    await (await open()).deleteData();
    expect(systems.present.topics).toEqual([]);
  });

  test('starts nothing where the preflight fails, and remembers nothing', async () => {
    systems.slotsFree = 0;
    await expect(start(await open())).rejects.toMatchObject({ exitCode: 2 });
    expect(await new LabStore(folder, 'default').read()).toBeUndefined();
  });
});

describe('what is remembered', () => {
  test('holds no secret', async () => {
    await bringUp();
    expect(JSON.stringify(await new LabStore(folder, 'default').read())).not.toContain('secret-word');
  });

  test('a lab is up between up and down', async () => {
    expect(await (await open()).view()).toBeUndefined();
    await bringUp();
    expect(await (await open()).view()).toMatchObject({ connections });
    await (await open()).stop();
    expect(await (await open()).view()).toBeUndefined();
  });

  test('the brokers’ own limit of transactions, from the preflight', async () => {
    expect((await open()).transactionTimeoutMs).toBe(900_000);
    await bringUp();
    expect((await open()).transactionTimeoutMs).toBe(3_600_000);
  });
});

describe('what a job can go on from', () => {
  const run = (id: string, isOver: boolean, ...paths: [string, number][]): JobRun => ({
    id,
    isOver,
    states: paths.map(([path, completedAtMs]) => ({ path, completedAtMs })),
  });

  test('are states of its own runs, not of those before the lab was there', async () => {
    systems.runs = [run('old', true, ['file:/old', 1])];
    await bringUp();
    systems.runs.push(run('new', true, ['file:/chk-7', 7]));
    expect(await (await open()).restoreCandidates()).toEqual([{ path: 'file:/chk-7', completedAtMs: 7 }]);
  });

  test('is the remembered savepoint when Flink has forgotten the run, and is named once when it has not', async () => {
    await bringUp();
    await (await open()).rememberSavepoint('file:/savepoint-1');
    expect((await (await open()).restoreCandidates()).map(({ path }) => path)).toEqual(['file:/savepoint-1']);
    systems.runs = [run('a', true, ['file:/savepoint-1', 9])];
    expect(await (await open()).restoreCandidates()).toEqual([
      { path: 'file:/savepoint-1', completedAtMs: 9 },
    ]);
  });
});

test('status names each service, and one that cannot be reached as failed', async () => {
  systems.unreachable = ['flink-sql-gateway'];
  const services = await (await open()).status();
  expect(services.map(({ name, state, version }) => [name, state, version])).toEqual([
    ['kafka', 'running', '1'],
    ['flink-jobmanager', 'running', '1'],
    ['flink-sql-gateway', 'failed', null],
    ['clickhouse', 'running', '1'],
  ]);
});

test('logs are where the services are', async () => {
  const options = {
    service: 'kafka',
    follow: false,
    lines: 1,
    write: () => undefined,
    signal: AbortSignal.abort(),
  };
  await expect((await open()).logs(options)).rejects.toMatchObject({ code: 'UNSUPPORTED' });
});

describe('who else is there', () => {
  const call = { report: () => undefined, signal: new AbortController().signal };

  test('a job of this name that somebody else runs is not taken over', async () => {
    systems.runs = [{ id: 'theirs', isOver: false, states: [] }];
    await expect(bringUp()).rejects.toMatchObject({ code: 'UNSUPPORTED' });
    expect(await new LabStore(folder, 'default').read()).toBeUndefined();
  });

  test('a command that waited for another sees what that one did', async () => {
    const waiting = await open();
    await bringUp();
    await waiting.exclusively(() => start(waiting), call);
    const state = await new LabStore(folder, 'default').readOf('attach');
    expect(state?.created.topics).toHaveLength(1);
  });

  test('a job that ran and of which Flink lists nothing is not begun anew', async () => {
    const runtime = await bringUp();
    expect(await runtime.restoreCandidates()).toEqual([]);
    await runtime.rememberSavepoint('/old');
    await runtime.rememberPipeline(pipelineSettings(config));
    await expect(runtime.restoreCandidates()).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  });

  test('groups stay where none of the topics is ours: it is another cluster', async () => {
    const runtime = await bringUp();
    systems.present.topics = systems.present.topics.map(({ name }) => systems.make(name));
    await runtime.deleteData();
    expect(systems.groupsThere).toEqual(['streamlab-flink']);
  });
});
