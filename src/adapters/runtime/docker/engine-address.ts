import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { StreamlabError } from '../../../errors.js';

/** Where a Docker engine listens, and what it takes to talk to it. */
export interface EngineAddress {
  /** As people write it: `unix:///var/run/docker.sock`, `tcp://10.0.0.5:2376`. */
  text: string;
  /** What chose it, for messages: `DOCKER_HOST`, `the Docker context "colima"`. */
  source: string;
  socketPath?: string;
  host?: string;
  port?: number;
  tls?: { ca?: string; cert?: string; key?: string; rejectUnauthorized: boolean };
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The engine that the `docker` program would talk to: DOCKER_HOST, else DOCKER_CONTEXT, else the context chosen with
 * `docker context use`, else the default socket, or where there is none, the one of a rootless engine or of Docker
 * Desktop. (docs.docker.com: "Docker contexts", "Rootless mode", "Protect the Docker daemon socket")
 * @throws StreamlabError INVALID_CONFIG for an address, a context or a certificate that cannot be read
 */
export async function engineAddress(env: Environment = process.env): Promise<EngineAddress> {
  const host = given(env.DOCKER_HOST);
  if (host !== undefined) return fromHost(host, env);
  const config = configFolder(env);
  const context = given(env.DOCKER_CONTEXT) ?? (await chosenContext(config));
  if (context !== undefined && context !== 'default') return fromContext(context, config);
  const socket = defaultSockets(env).find((path) => existsSync(path)) ?? '/var/run/docker.sock';
  return { ...parse(platformDefault() ?? `unix://${socket}`, 'the default'), source: 'the default' };
}

function given(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}

function configFolder(env: Environment): string {
  return given(env.DOCKER_CONFIG) ?? join(homedir(), '.docker');
}

function platformDefault(): string | undefined {
  return process.platform === 'win32' ? 'npipe:////./pipe/docker_engine' : undefined;
}

function defaultSockets(env: Environment): string[] {
  const runtime = given(env.XDG_RUNTIME_DIR);
  return [
    '/var/run/docker.sock',
    ...(runtime === undefined ? [] : [join(runtime, 'docker.sock')]),
    join(homedir(), '.docker', 'run', 'docker.sock'),
  ];
}

async function fromHost(host: string, env: Environment): Promise<EngineAddress> {
  const address = parse(host, 'DOCKER_HOST');
  if (address.socketPath !== undefined) return address;
  const verify = given(env.DOCKER_TLS_VERIFY) !== undefined;
  const folder = given(env.DOCKER_CERT_PATH) ?? configFolder(env);
  if (!verify && given(env.DOCKER_CERT_PATH) === undefined) {
    return address.text.startsWith('https:') ? { ...address, tls: { rejectUnauthorized: true } } : address;
  }
  return { ...address, tls: await certificates(folder, verify, 'DOCKER_CERT_PATH') };
}

const contextConfig = z.object({ currentContext: z.string().optional() });

async function chosenContext(folder: string): Promise<string | undefined> {
  const text = await readFile(join(folder, 'config.json'), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return given(contextConfig.parse(JSON.parse(text)).currentContext);
  } catch {
    // The docker program warns of such a file and goes on without it.
    return undefined;
  }
}

const contextMeta = z.object({
  Endpoints: z.object({
    docker: z.object({ Host: z.string(), SkipTLSVerify: z.boolean().optional() }),
  }),
});

async function fromContext(name: string, config: string): Promise<EngineAddress> {
  const source = `the Docker context "${name}"`;
  const folder = createHash('sha256').update(name).digest('hex');
  const path = join(config, 'contexts', 'meta', folder, 'meta.json');
  try {
    const { docker } = contextMeta.parse(JSON.parse(await readFile(path, 'utf8'))).Endpoints;
    const address = parse(docker.Host, source);
    const tls = join(config, 'contexts', 'tls', folder, 'docker');
    if (address.socketPath !== undefined || !existsSync(tls)) return address;
    return { ...address, tls: await certificates(tls, docker.SkipTLSVerify !== true, source) };
  } catch (error) {
    if (error instanceof StreamlabError) throw error;
    throw new StreamlabError('INVALID_CONFIG', `${source} cannot be read (${path}).`, {
      suggestions: ['See the contexts with: docker context ls'],
      cause: error,
    });
  }
}

function parse(text: string, source: string): EngineAddress {
  const scheme = /^([a-z]+):\/\//.exec(text)?.[1];
  if ((scheme === 'unix' || scheme === 'npipe') && text.length > scheme.length + 3)
    return { text, source, socketPath: text.slice(scheme.length + 3) };
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (
    url !== undefined &&
    (scheme === 'tcp' || scheme === 'http' || scheme === 'https') &&
    url.hostname !== ''
  ) {
    const host = url.hostname.replace(/^\[|\]$/g, '');
    return {
      text,
      source,
      host,
      port: portOf(text) ?? (scheme === 'https' ? 2376 : 2375),
    };
  }
  throw new StreamlabError('INVALID_CONFIG', `${source}: streamlab cannot use the engine address ${text}.`, {
    suggestions:
      scheme === 'ssh'
        ? [
            'Forward its socket: ssh -L /tmp/docker.sock:/var/run/docker.sock HOST, then DOCKER_HOST=unix:///tmp/docker.sock',
          ]
        : ['It is unix:///path/to/docker.sock or tcp://host:port.'],
  });
}

/** Not as `URL` has it: that takes `http://host:80` for one without a port. */
function portOf(text: string): number | undefined {
  const port = /^[a-z]+:\/\/[^/]*:(\d+)(?:\/|$)/.exec(text)?.[1];
  return port === undefined ? undefined : Number(port);
}

async function certificates(
  folder: string,
  rejectUnauthorized: boolean,
  source: string,
): Promise<NonNullable<EngineAddress['tls']>> {
  const read = (name: string): Promise<string | undefined> =>
    readFile(join(folder, name), 'utf8').catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw new StreamlabError('INVALID_CONFIG', `${source}: cannot read ${join(folder, name)}.`, {
        cause: error,
      });
    });
  const [ca, cert, key] = await Promise.all([read('ca.pem'), read('cert.pem'), read('key.pem')]);
  if (ca === undefined && cert === undefined && key === undefined) {
    throw new StreamlabError(
      'INVALID_CONFIG',
      `${source}: there are no ca.pem, cert.pem and key.pem in ${folder}.`,
      {
        suggestions: ['DOCKER_CERT_PATH names the folder with the certificates of the engine.'],
      },
    );
  }
  return {
    rejectUnauthorized,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}
