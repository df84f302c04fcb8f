// How long a warm `up` takes, and what each of its parts needs when it has the machine for itself.
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { serverVersion } from '../dist/adapters/clickhouse/server-version.js';
import { LabStore } from '../dist/adapters/files/lab-store.js';
import { homeFolders } from '../dist/adapters/files/paths.js';
import { createFlinkRest } from '../dist/adapters/flink/flink-rest.js';
import { gatewayInfo } from '../dist/adapters/flink/gateway-info.js';
import { brokerAnswers } from '../dist/adapters/kafka/broker-probe.js';
import { javaTools } from '../dist/adapters/runtime/local/java-tools.js';
import { startDaemon, stopProcess } from '../dist/adapters/runtime/processes.js';
import { commandOf, localServices } from '../dist/adapters/runtime/local/services.js';
import {
  currentLab,
  deleteLab,
  getJson,
  median,
  nextStartPrepared,
  streamlab,
  timed,
  until,
} from './support.mjs';

const restMs = 3_000;
const meaning = {
  'flink-taskmanager': 'from start to registered slots, with an idle JobManager',
  'the job': '`job submit` to RUNNING, all services just started and idle',
};

/** @param {import('./support.mjs').Context} context @returns {Promise<import('./support.mjs').Row[]>} */
export async function run({ runs, report }) {
  const first = [];
  const warm = [];
  const alone = {};
  const submits = [];
  const downs = [];
  try {
    first.push(await up());
    const lab = await currentLab();
    await nextStartPrepared(lab);
    await streamlab(['down']);
    for (let round = 0; round < runs; round++) {
      warm.push(await up());
      await streamlab(['job', 'cancel']);
      submits.push(await submit());
      report(`warm up ${JSON.stringify(warm.at(-1))}`);
      downs.push((await timed(() => streamlab(['down']))) / 1_000);
    }
    const services = await soloServices(lab);
    for (let round = 0; round < runs; round++) {
      for (const [name, start] of Object.entries(services)) (alone[name] ??= []).push(await start());
      report(
        `alone ${JSON.stringify(Object.fromEntries(Object.entries(alone).map(([k, v]) => [k, v.at(-1)])))}`,
      );
    }
  } finally {
    await deleteLab();
  }
  return rowsOf({ first, warm, alone, submits, downs, runs });
}

function rowsOf({ first, warm, alone, submits, downs, runs }) {
  const [slowest, its] = Object.entries(alone).sort(([, a], [, b]) => median(b) - median(a))[0];
  const part = (name) => warm.map((one) => one[name]);
  const beside = { unit: 's', peer: its };
  const how = `${runs} runs, savepoint and data there, caches warm; peer: ${slowest} alone, the slowest part`;
  return [
    { what: 'warm `up`, to job RUNNING', ...beside, ours: part('running'), how },
    {
      what: 'warm `up`, to its end',
      ...beside,
      ours: part('end'),
      how: 'the same; the end is the first checkpoint',
    },
    {
      what: 'of which: until all services answer',
      unit: 's',
      ours: part('services'),
      how: 'the SQL Gateway, which a job with a kept plan does not need, starts when the job runs',
    },
    {
      what: 'first `up` of a lab',
      unit: 's',
      ours: [first[0].end],
      how: '1 run: formats Kafka, creates topics and tables',
    },
    ...Object.entries(alone).map(([name, seconds]) => ({
      what: `${name} alone`,
      unit: 's',
      ours: seconds,
      how: `${runs} runs, ${meaning[name] ?? 'from start to its first real answer'}`,
    })),
    { what: '`down`', unit: 's', ours: downs, how: `${runs} runs, of an idle lab, with its savepoint` },
    {
      what: '`job submit` again, to RUNNING',
      unit: 's',
      ours: submits,
      how: `${runs} runs, on a lab that ran the job before: the same work with warm JVMs`,
    },
  ];
}

/** One `up`, as a user runs it: seconds until the services answered, the job ran, and the command ended. */
async function up() {
  const begun = Date.now();
  const since = (at) => (at - begun) / 1_000;
  let services = 0;
  await streamlab(['up'], (line) => {
    if (/^✔ (kafka|flink-|clickhouse)/.test(line)) services = since(Date.now());
  });
  const end = since(Date.now());
  return { services, running: since(await runningSince()), end };
}

/** Seconds from `job submit` to every subtask running. */
async function submit() {
  const begun = Date.now();
  await streamlab(['job', 'submit']);
  return ((await runningSince()) - begun) / 1_000;
}

/** When the last subtask of the lab's job began to run, epoch milliseconds. */
async function runningSince() {
  const { connections } = await currentLab();
  const jobsUrl = `${connections.flink.restUrl}/jobs`;
  const { jobs } = await getJson(jobsUrl);
  const { id } = jobs.find(({ status }) => status === 'RUNNING');
  let since;
  // Flink's answers may be three seconds old (web.refresh-interval): subtasks of before they ran are among them.
  await until("every subtask to run, by Flink's account", async () => {
    const { vertices } = await getJson(`${jobsUrl}/${id}`);
    const details = await Promise.all(
      vertices.map((vertex) => getJson(`${jobsUrl}/${id}/vertices/${vertex.id}`)),
    );
    const subtasks = details.flatMap(({ now, subtasks: all }) => all.map((each) => ({ now, each })));
    since = Math.max(...subtasks.map(({ now, each }) => now - each['status-duration'].RUNNING));
    return (
      subtasks.length > 0 &&
      subtasks.every(({ each }) => each.status === 'RUNNING' && each['status-duration'].RUNNING >= 0)
    );
  });
  return since;
}

/** For each service a function that starts it on the lab's data, waits, stops it, and resolves to seconds. */
async function soloServices({ connections, config }) {
  const { cacheDir, labsDir } = homeFolders();
  const store = new LabStore(labsDir, config.lab);
  const state = await store.read();
  const needed = await javaTools(cacheDir).prepare({
    config,
    offline: true,
    report: () => undefined,
    signal: new AbortController().signal,
  });
  const plan = {
    folders: store.folders,
    ports: state.ports,
    slots: config.parallelism,
    clickhousePassword: state.clickhousePassword,
    ...needed,
  };
  const probes = probesOf(connections, config);
  const start = (service) =>
    startDaemon({
      name: service,
      cwd: store.folders.root,
      logFile: join(store.folders.logs, `${service}.log`),
      ...commandOf(service, plan),
    });
  const solo = async (service) => {
    let record;
    const ms = await timed(async () => {
      record = await start(service);
      await until(service, () => probes[service]().catch(() => false), { everyMs: 25 });
    });
    return { seconds: ms / 1_000, stop: () => stopProcess(record, 3_000) };
  };
  const alone = (service) => async () => {
    const { seconds, stop } = await solo(service);
    await stop();
    return seconds;
  };
  return {
    kafka: alone('kafka'),
    'flink-jobmanager': alone('flink-jobmanager'),
    'flink-taskmanager': async () => {
      const jobManager = await solo('flink-jobmanager');
      const taskManager = await solo('flink-taskmanager');
      await Promise.all([taskManager.stop(), jobManager.stop()]);
      return taskManager.seconds;
    },
    'flink-sql-gateway': alone('flink-sql-gateway'),
    clickhouse: alone('clickhouse'),
    // The lab is complete but for its job, and has come to rest: what the job needs with cold Flink processes.
    'the job': async () => {
      const others = await Promise.all(localServices.map(solo));
      await delay(restMs);
      const seconds = await submit();
      await streamlab(['job', 'cancel']);
      await Promise.all(others.map(({ stop }) => stop()));
      return seconds;
    },
  };
}

/** The questions that `up` asks. */
function probesOf({ kafka, flink, clickhouse }, { parallelism }) {
  const overview = () => createFlinkRest(flink.restUrl).overview();
  return {
    kafka: () => brokerAnswers(kafka.brokers),
    'flink-jobmanager': async () => (await overview()) !== undefined,
    'flink-taskmanager': async () => (await overview()).slotsTotal >= parallelism,
    'flink-sql-gateway': async () => (await gatewayInfo(flink.gatewayUrl)) !== undefined,
    clickhouse: async () => (await serverVersion(clickhouse)) !== undefined,
  };
}
