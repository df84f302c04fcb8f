import type { LabStore } from '../adapters/files/lab-store.js';
import type { ConsoleProcess } from '../adapters/runtime/console-process.js';
import type { DockerEngine } from '../adapters/runtime/docker/engine.js';
import type { Probes } from '../adapters/runtime/probes.js';
import type { Runtime } from '../adapters/runtime/runtime.js';
import type { Config, RuntimeName } from '../domain/config.js';
import { reasonOf } from '../errors.js';

/** The runtime that the lab is on; of a lab that nobody knows, the one that is configured. */
export async function runtimeOf(config: Config): Promise<Runtime> {
  const { remembered } = await rememberedLab(config);
  if (remembered !== undefined) return runtimeNamed(remembered, config);
  if (config.runtime !== 'auto') return runtimeNamed(config.runtime, config);
  return runtimeNamed((await hasContainers(config.lab)) ? 'docker' : 'local', config);
}

/** A docker lab of which nothing is remembered is still known by its label. */
async function hasContainers(lab: string): Promise<boolean> {
  try {
    return (await (await dockerEngine()).labs()).includes(lab);
  } catch {
    return false;
  }
}

/**
 * The runtime that `up` uses, and why: the one that the lab is on, else the configured one, else the best that this
 * machine can offer.
 * @throws StreamlabError INVALID_USAGE when a flag asks for another one than the lab is on
 */
export async function runtimeForUp(
  config: Config,
  request: { askedByFlag: boolean; prefer: 'docker' | 'local'; offline: boolean; signal: AbortSignal },
): Promise<{ runtime: Runtime; because: string }> {
  const [{ remembered }, { chooseRuntime }] = await Promise.all([
    rememberedLab(config),
    import('../services/choose-runtime.js'),
  ]);
  const { name, because } = await chooseRuntime(
    { lab: config.lab, remembered, configured: config.runtime, ...request },
    {
      whyNoJava: () => whyNoJava(config),
      whyNoDocker: () => whyNoDocker(config, request.offline),
    },
  );
  return { runtime: await runtimeNamed(name, config), because };
}

async function whyNoJava(config: Config): Promise<string | undefined> {
  const { findJava } = await import('../adapters/runtime/local/java.js');
  return findJava(config.javaHome).then(() => undefined, reasonOf);
}

/** Why the docker runtime cannot be used here: no engine, or an image that neither it nor a registry has. */
async function whyNoDocker(config: Config, offline: boolean): Promise<string | undefined> {
  try {
    const { whyImagesLack } = await import('../adapters/runtime/docker/images.js');
    return await whyImagesLack(await dockerEngine(), config, offline);
  } catch (error) {
    return reasonOf(error).replace(/\.$/, '');
  }
}

export async function dockerEngine(): Promise<DockerEngine> {
  const [{ DockerEngine }, { engineAddress }] = await Promise.all([
    import('../adapters/runtime/docker/engine.js'),
    import('../adapters/runtime/docker/engine-address.js'),
  ]);
  return new DockerEngine(await engineAddress());
}

/** The lab's console, running or not. */
export async function consoleOf(config: Config): Promise<ConsoleProcess> {
  const [{ ConsoleProcess }, { store }, { homeFolders }] = await Promise.all([
    import('../adapters/runtime/console-process.js'),
    rememberedLab(config),
    import('../adapters/files/paths.js'),
  ]);
  return new ConsoleProcess(store, homeFolders().labsDir);
}

/** What is kept of the lab on disk, and the runtime it was brought up on. */
export async function rememberedLab(
  config: Config,
): Promise<{ store: LabStore; remembered: RuntimeName | undefined }> {
  const [{ LabStore }, { homeFolders }] = await Promise.all([
    import('../adapters/files/lab-store.js'),
    import('../adapters/files/paths.js'),
  ]);
  const store = new LabStore(homeFolders().labsDir, config.lab);
  return { store, remembered: (await store.read())?.runtime };
}

export async function runtimeNamed(name: RuntimeName, config: Config): Promise<Runtime> {
  const [{ store }, { homeFolders }] = await Promise.all([
    rememberedLab(config),
    import('../adapters/files/paths.js'),
  ]);
  const { cacheDir, labsDir } = homeFolders();
  switch (name) {
    case 'local': {
      const [{ LocalRuntime }, { javaTools }] = await Promise.all([
        import('../adapters/runtime/local/local-runtime.js'),
        import('../adapters/runtime/local/java-tools.js'),
      ]);
      return new LocalRuntime(store, labsDir, javaTools(cacheDir), probes());
    }
    case 'docker': {
      const [{ DockerRuntime }, engine] = await Promise.all([
        import('../adapters/runtime/docker/docker-runtime.js'),
        dockerEngine(),
      ]);
      return new DockerRuntime(store, { labsDir, cacheDir }, config, engine, probes());
    }
    case 'attach': {
      const { openAttachRuntime } = await import('./attach.js');
      return openAttachRuntime(store, config);
    }
  }
}

/** Real questions to real services: a metadata request, registered slots, a query. */
function probes(): Probes {
  return {
    kafka: async ({ kafka }) => {
      const { brokerAnswers } = await import('../adapters/kafka/broker-probe.js');
      return (await brokerAnswers(kafka.brokers))
        ? undefined
        : 'the broker does not answer a metadata request';
    },
    jobManager: async ({ flink }) => {
      const { createFlinkRest } = await import('../adapters/flink/flink-rest.js');
      await createFlinkRest(flink.restUrl).overview();
      return undefined;
    },
    taskSlots: async ({ flink }, slots) => {
      const { createFlinkRest } = await import('../adapters/flink/flink-rest.js');
      const { slotsTotal } = await createFlinkRest(flink.restUrl).overview();
      return slotsTotal >= slots ? undefined : `${slotsTotal} of ${slots} task slots are registered`;
    },
    sqlGateway: async ({ flink }) => {
      const { gatewayInfo } = await import('../adapters/flink/gateway-info.js');
      await gatewayInfo(flink.gatewayUrl);
      return undefined;
    },
    clickhouse: async ({ clickhouse }) => {
      const { serverVersion } = await import('../adapters/clickhouse/server-version.js');
      await serverVersion(clickhouse);
      return undefined;
    },
    clickhouseVersion: async ({ clickhouse }) => {
      const { serverVersion } = await import('../adapters/clickhouse/server-version.js');
      return serverVersion(clickhouse);
    },
  };
}
