import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join, posix, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { parse, YAMLParseError } from 'yaml';
import { readComposeFile, type ComposeFile } from '../../../domain/stack/compose-file.js';
import type { Variables } from '../../../domain/stack/interpolation.js';
import { stackOf, type Stack, type StackFile } from '../../../domain/stack/stack.js';
import { reasonOf, StreamlabError } from '../../../errors.js';

export interface StackRequest {
  /** Absolute path of the compose file. */
  path: string;
  /** The same for messages. */
  name: string;
  lab: string;
  variables: Variables;
  without: readonly string[];
  /** Contents of a mounted folder that are elsewhere, by the folder as the compose file names it. */
  provided: ReadonlyMap<string, readonly Omit<StackFile, 'path'>[]>;
}

/**
 * Reads the compose file and every file that it mounts into a container.
 * @throws StreamlabError INVALID_FILE naming file and line or key, INVALID_USAGE
 */
export async function readStack(request: StackRequest): Promise<Stack> {
  const { path, name, lab, variables, without } = request;
  const file = readComposeFile(await parseYaml(path, name), name, variables);
  const files = await mountedFiles(file, request);
  return stackOf({
    lab,
    file,
    without,
    filesOf: (service, { target }) => files.get(`${service} ${target}`) ?? [],
    fingerprint,
  });
}

/** The order of keys means nothing in a compose file. */
function fingerprint(value: unknown): string {
  const text = JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
  return createHash('sha256').update(text).digest('hex');
}

async function parseYaml(path: string, name: string): Promise<unknown> {
  try {
    return parse(await readFile(path, 'utf8'), { merge: true });
  } catch (error) {
    const line = error instanceof YAMLParseError ? ` line ${error.linePos?.[0].line ?? 1}` : '';
    throw new StreamlabError('INVALID_FILE', `${name}${line}: ${reasonOf(error).split('\n')[0] ?? ''}`, {
      cause: error,
    });
  }
}

async function mountedFiles(
  file: ComposeFile,
  { path, name, provided }: StackRequest,
): Promise<Map<string, StackFile[]>> {
  const found = new Map<string, StackFile[]>();
  for (const [service, { volumes = [] }] of Object.entries(file.services)) {
    for (const { source, target, isFile } of volumes) {
      if (!isFile) continue;
      const given = provided.get(source);
      if (given !== undefined) {
        const named = given.map((one) => ({ ...one, path: posix.join(target, basename(one.source)) }));
        found.set(`${service} ${target}`, named);
        continue;
      }
      const from = resolve(dirname(path), source.replace(/^~(?=\/|$)/, homedir()));
      try {
        found.set(`${service} ${target}`, await filesBelow(from, target));
      } catch (error) {
        throw new StreamlabError(
          'INVALID_FILE',
          `${name}, services.${service}.volumes: cannot read ${from}: ${reasonOf(error)}`,
          {
            suggestions: ['Put it back, or install streamlab again.'],
            cause: error,
          },
        );
      }
    }
  }
  return found;
}

async function filesBelow(source: string, path: string): Promise<StackFile[]> {
  if (!(await stat(source)).isDirectory()) return [{ path, source, sha256: await sha256Of(source) }];
  const names = (await readdir(source)).sort();
  const files = await Promise.all(
    names.map((name) => filesBelow(join(source, name), posix.join(path, name))),
  );
  return files.flat();
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
