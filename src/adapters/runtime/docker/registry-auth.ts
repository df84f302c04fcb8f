import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { z } from 'zod';

const dockerConfig = z.object({
  auths: z
    .record(z.string(), z.object({ auth: z.string().optional(), identitytoken: z.string().optional() }))
    .optional(),
  credsStore: z.string().optional(),
  credHelpers: z.record(z.string(), z.string()).optional(),
});

const helperAnswer = z.object({ Username: z.string(), Secret: z.string() });

/** What goes into the header X-Registry-Auth (Docker Engine API, "Authentication"). */
export type RegistryAuth =
  | { username: string; password: string; serveraddress: string }
  | { identitytoken: string; serveraddress: string };

const dockerHub = 'https://index.docker.io/v1/';

/** What `docker login` left for the registry of an image; undefined where it left nothing that can be read. */
export async function registryAuth(
  image: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<RegistryAuth | undefined> {
  const { DOCKER_CONFIG: given = '' } = env;
  const folder = given === '' ? join(homedir(), '.docker') : given;
  try {
    const config = dockerConfig.parse(JSON.parse(await readFile(join(folder, 'config.json'), 'utf8')));
    const registry = registryOf(image);
    const helper = config.credHelpers?.[registry] ?? config.credsStore;
    if (helper !== undefined) return await fromHelper(helper, registry);
    return fromConfig(config.auths?.[registry], registry);
  } catch {
    // No file, or none that we understand: the pull goes on without, and says what is missing.
    return undefined;
  }
}

/** The first part of a name is a registry if it looks like a host (the rule of Docker's reference package). */
export function registryOf(image: string): string {
  const [first = ''] = image.split('/');
  const isHost = image.includes('/') && (/[.:]/.test(first) || first === 'localhost');
  return isHost && first !== 'docker.io' && first !== 'index.docker.io' ? first : dockerHub;
}

function fromConfig(
  { auth, identitytoken = '' }: { auth?: string | undefined; identitytoken?: string | undefined } = {},
  serveraddress: string,
): RegistryAuth | undefined {
  if (identitytoken !== '') return { identitytoken, serveraddress };
  if (auth === undefined) return undefined;
  const decoded = Buffer.from(auth, 'base64').toString();
  const colon = decoded.indexOf(':');
  if (colon < 0) return undefined;
  return { username: decoded.slice(0, colon), password: decoded.slice(colon + 1), serveraddress };
}

/** The protocol of docker-credential-helpers: the registry on stdin, JSON on stdout; a token has no user's name. */
async function fromHelper(helper: string, serveraddress: string): Promise<RegistryAuth> {
  const { stdout } = await execa(`docker-credential-${helper}`, ['get'], {
    input: serveraddress,
    timeout: 10_000,
  });
  const { Username, Secret } = helperAnswer.parse(JSON.parse(stdout));
  return Username === '<token>'
    ? { identitytoken: Secret, serveraddress }
    : { username: Username, password: Secret, serveraddress };
}
