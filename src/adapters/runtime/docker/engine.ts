import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import Docker from 'dockerode';
import { pack } from 'tar-stream';
import type { Report } from '../../../domain/progress.js';
import { containerBody } from '../../../domain/stack/container-body.js';
import {
  labLabel,
  partLabels,
  type Stack,
  type StackFile,
  type StackService,
} from '../../../domain/stack/stack.js';
import { reasonOf, StreamlabError } from '../../../errors.js';
import type { EngineAddress } from './engine-address.js';
import { engineError, pullError, statusOf } from './engine-errors.js';
import { PullProgress, type PullEvent } from './pull.js';
import { registryAuth } from './registry-auth.js';

/** What an engine says of itself. */
export interface EngineFacts {
  version: string;
  /** Of its HTTP interface, such as `1.41`. */
  apiVersion: string;
  memoryBytes: number;
  isRootless: boolean;
}

export interface ContainerState {
  status: string;
  exitCode: number;
  /** Undefined where the container has no health check. */
  health: 'starting' | 'healthy' | 'unhealthy' | undefined;
  /** Why it could not be started, in the engine's words; empty where it could. */
  error: string;
}

interface EngineInfo {
  MemTotal?: number;
  SecurityOptions?: string[];
}

/** A short question must be answered by then: an engine behind a dead address would be waited for without end. */
const answerTimeoutMs = 10_000;

/**
 * One Docker engine, through dockerode, without a pinned API version: each engine answers in its own.
 * Every method throws StreamlabError SERVICE_UNREACHABLE, NOT_PERMITTED, DISK_FULL, TIMED_OUT or SERVICE_FAILED.
 */
export class DockerEngine {
  readonly docker: Docker;
  private readonly agent: HttpAgent | HttpsAgent;

  constructor(readonly address: EngineAddress) {
    const { socketPath, host, port, tls } = address;
    this.agent = tls === undefined ? new HttpAgent() : new HttpsAgent(tls);
    // Every field is given, or docker-modem would take it from the environment by itself.
    this.docker = new Docker({
      socketPath,
      host,
      port,
      protocol: tls === undefined ? 'http' : 'https',
      ca: tls?.ca,
      cert: tls?.cert,
      key: tls?.key,
      // Its type has no agent; docker-modem hands it to Node's http.
      ...({ agent: this.agent } as object),
    });
  }

  async about(): Promise<EngineFacts> {
    const [version, info] = await this.ask('say what it is', async () =>
      Promise.all([this.docker.version(), this.docker.info() as Promise<EngineInfo>]),
    );
    return {
      version: version.Version,
      apiVersion: version.ApiVersion,
      memoryBytes: info.MemTotal ?? 0,
      isRootless: (info.SecurityOptions ?? []).some((option) => option.includes('rootless')),
    };
  }

  /** The id of an image, or undefined if the engine does not have it. */
  async imageId(image: string): Promise<string | undefined> {
    return this.ask(`look for the image ${image}`, async () => {
      try {
        return (await this.docker.getImage(image).inspect()).Id;
      } catch (error) {
        if (statusOf(error) === 404) return undefined;
        throw error;
      }
    });
  }

  /** Why an image cannot be pulled; undefined if its registry has it. Nothing is downloaded. */
  async whyNotPullable(image: string): Promise<string | undefined> {
    try {
      const authconfig = await registryAuth(image);
      await this.ask(`ask the registry for ${image}`, () =>
        // Its type has no options; the request takes them.
        (this.docker.getImage(image).distribution as (options: object) => Promise<unknown>)({
          ...(authconfig === undefined ? {} : { authconfig }),
        }),
      );
      return undefined;
    } catch (error) {
      return reasonOf(error instanceof StreamlabError ? (error.cause ?? error) : error);
    }
  }

  /** @throws StreamlabError DOWNLOAD_FAILED saying why, INTERRUPTED */
  async pull(image: string, report: Report, signal: AbortSignal): Promise<void> {
    const progress = new PullProgress(image, report);
    try {
      const authconfig = await registryAuth(image);
      const stream = await this.docker.pull(image, {
        abortSignal: signal,
        ...(authconfig === undefined ? {} : { authconfig }),
      });
      const stop = (): void => {
        (stream as NodeJS.ReadableStream & { destroy: () => void }).destroy();
      };
      signal.addEventListener('abort', stop, { once: true });
      await new Promise<void>((resolve, reject) => {
        stream.once('close', () => {
          if (signal.aborted) reject(signal.reason as Error);
        });
        let refusal: string | undefined;
        this.docker.modem.followProgress(
          stream,
          (error: Error | null) => {
            const said = error ?? (refusal === undefined ? undefined : new Error(refusal));
            if (said === undefined) resolve();
            else reject(said);
          },
          (event: PullEvent) => {
            // What goes wrong after the first layer comes as a line of the stream, and docker-modem passes it on as one.
            refusal ??= event.error;
            progress.take(event);
          },
        );
      });
      progress.done();
    } catch (error) {
      progress.failed();
      signal.throwIfAborted();
      throw pullError(this.address, image, error);
    }
  }

  async createNetwork(stack: Stack, network: string): Promise<void> {
    await this.ask(`create the network ${network}`, () =>
      this.docker.createNetwork({
        Name: network,
        Driver: 'bridge',
        CheckDuplicate: true,
        Labels: partLabels(stack, 'network', network),
      }),
    );
  }

  async createVolume(stack: Stack, volume: string): Promise<void> {
    await this.ask(`create the volume ${volume}`, () =>
      this.docker.createVolume({ Name: volume, Labels: partLabels(stack, 'volume', volume) }),
    );
  }

  /** Creates a container and copies its files into it. */
  async createContainer(stack: Stack, service: StackService): Promise<void> {
    await this.ask(
      `create ${service.container}`,
      async () => {
        const container = await this.docker.createContainer({
          name: service.container,
          ...containerBody(stack, service),
        });
        if (service.files.length > 0) await copyInto(container, service.files);
      },
      60_000,
    );
  }

  async connect(network: string, service: StackService): Promise<void> {
    await this.ask(`connect ${service.container} to ${network}`, () =>
      this.docker
        .getNetwork(network)
        .connect({ Container: service.container, EndpointConfig: { Aliases: [service.name] } }),
    );
  }

  /** @throws StreamlabError PORT_TAKEN */
  async start(container: string): Promise<void> {
    await this.unlessDone(`start ${container}`, () => this.docker.getContainer(container).start(), 60_000);
  }

  async unpause(container: string): Promise<void> {
    await this.ask(`unpause ${container}`, () => this.docker.getContainer(container).unpause());
  }

  /**
   * Ends a container, within the grace period of its definition; one that does not run is left as it is.
   * @param name for messages
   */
  async stop(id: string, name: string): Promise<void> {
    await this.unlessDone(`stop ${name}`, () => this.docker.getContainer(id).stop(), 90_000);
  }

  /** With its anonymous volumes. */
  async removeContainer(id: string): Promise<void> {
    await this.unlessDone(
      `remove ${id}`,
      () => this.docker.getContainer(id).remove({ force: true, v: true }),
      60_000,
    );
  }

  async removeNetwork(name: string): Promise<void> {
    await this.unlessDone(`remove the network ${name}`, () => this.docker.getNetwork(name).remove());
  }

  async removeVolume(name: string): Promise<void> {
    await this.unlessDone(`remove the volume ${name}`, () => this.docker.getVolume(name).remove());
  }

  /** Undefined if there is no such container. */
  async state(container: string): Promise<ContainerState | undefined> {
    return this.ask(`look at ${container}`, async () => {
      try {
        const { State } = await this.docker.getContainer(container).inspect();
        const health = State.Health?.Status;
        return {
          status: State.Status,
          exitCode: State.ExitCode,
          health:
            health === 'starting' || health === 'healthy' || health === 'unhealthy' ? health : undefined,
          error: State.Error,
        };
      } catch (error) {
        if (statusOf(error) === 404) return undefined;
        throw error;
      }
    });
  }

  /** Names of containers of any lab or program that publish a port of this machine. */
  async publishing(port: number): Promise<string[]> {
    return this.ask(`look for port ${port}`, async () => {
      const containers = await this.docker.listContainers({ filters: { publish: [String(port)] } });
      return containers.flatMap(({ Names }) => Names.map((name) => name.slice(1)));
    });
  }

  /** Labs that have containers here, running or not. */
  async labs(): Promise<string[]> {
    return this.ask('list labs', async () => {
      const containers = await this.docker.listContainers({ all: true, filters: { label: [labLabel] } });
      return [...new Set(containers.map(({ Labels }) => Labels[labLabel] ?? ''))];
    });
  }

  /** A question with a deadline; whatever goes wrong becomes a StreamlabError. */
  async ask<T>(doing: string, question: () => Promise<T>, timeoutMs = answerTimeoutMs): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        // A request that is still open would keep the process alive.
        this.agent.destroy();
        const text = `The Docker engine at ${this.address.text} (from ${this.address.source}) did not ${doing} within ${timeoutMs / 1000} s.`;
        reject(
          new StreamlabError('TIMED_OUT', text, { suggestions: ['See whether it works with: docker ps'] }),
        );
      }, timeoutMs);
    });
    try {
      return await Promise.race([question(), late]);
    } catch (error) {
      throw engineError(this.address, doing, error);
    } finally {
      clearTimeout(timer);
    }
  }

  /** 304 says that it is so already, 404 that it is gone, 409 that another call is removing it. */
  private async unlessDone(doing: string, action: () => Promise<unknown>, timeoutMs?: number): Promise<void> {
    await this.ask(
      doing,
      async () => {
        try {
          await action();
        } catch (error) {
          const status = statusOf(error);
          const isGone = status === 404 && !doing.startsWith('start');
          const isBeingRemoved =
            status === 409 && /removal of container .* in progress/i.test(reasonOf(error));
          if (status !== 304 && !isGone && !isBeingRemoved) throw error;
        }
      },
      timeoutMs,
    );
  }
}

/** Files of root, readable by all, as a bind mount from a checkout would show them. */
async function copyInto(container: Docker.Container, files: readonly StackFile[]): Promise<void> {
  const archive = pack();
  const writing = (async () => {
    for (const { path, source } of files) {
      const { size } = await stat(source);
      await pipeline(createReadStream(source), archive.entry({ name: path.slice(1), size, mode: 0o644 }));
    }
    archive.finalize();
  })();
  // Either side may fail first; the other one's failure follows from it.
  const body = new PassThrough();
  const putting = container.putArchive(archive.pipe(body), { path: '/' });
  writing.catch((error: unknown) => {
    body.destroy(error instanceof Error ? error : undefined);
  });
  await Promise.all([putting, writing]);
}
