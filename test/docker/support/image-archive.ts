import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { archiveContent, bytesContent, tar, type TarEntry } from './tar.js';

/** What an image tells the engine: the names of the Docker image specification. */
export interface ImageConfig {
  readonly User?: string;
  readonly Env: readonly string[];
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly WorkingDir?: string;
  readonly ExposedPorts?: Readonly<Record<string, object>>;
  readonly Volumes?: Readonly<Record<string, object>>;
}

export interface Image {
  /** `repository:tag`. */
  readonly tag: string;
  readonly config: ImageConfig;
  readonly layers: readonly Layer[];
}

export interface Layer {
  readonly name: string;
  readonly entries: readonly TarEntry[];
}

/** A layer: entries in an order that creates each folder before what is in it; of two for one path the last counts. */
export function layer(name: string, entries: readonly TarEntry[]): Layer {
  const all = new Map<string, TarEntry>();
  for (const entry of entries) all.set(entry.path, entry);
  for (const { path } of entries) {
    for (let at = posix.dirname(path); at !== '.'; at = posix.dirname(at)) {
      if (!all.has(at)) all.set(at, directory(at));
    }
  }
  return { name, entries: [...all.values()].sort((a, b) => (a.path < b.path ? -1 : 1)) };
}

export function directory(path: string, owner: { mode?: number; uid?: number; gid?: number } = {}): TarEntry {
  return { path, mode: 0o755, uid: 0, gid: 0, ...owner, content: { type: 'directory' } };
}

export function text(
  path: string,
  content: string,
  owner: { mode?: number; uid?: number; gid?: number } = {},
): TarEntry {
  return { path, mode: 0o644, uid: 0, gid: 0, ...owner, content: bytesContent(Buffer.from(content)) };
}

export function link(path: string, target: string): TarEntry {
  return { path, mode: 0o777, uid: 0, gid: 0, content: { type: 'link', target } };
}

/**
 * Several images in one archive of the form that `docker save` writes and `docker load` reads. Unlike a build it needs
 * no base image, keeps every owner, and carries a layer that several images share only once.
 */
export async function imageArchive(images: readonly Image[]): Promise<AsyncGenerator<Buffer>> {
  const layers = [...new Set(images.flatMap((image) => image.layers))];
  const digests = new Map<Layer, string>();
  for (const each of layers) digests.set(each, await digestOf(each));
  const configs = images.map((image) => configFile(image, digests));
  const manifest = images.map(({ tag, layers }, index) => ({
    Config: configs[index]?.path,
    RepoTags: [tag],
    Layers: layers.map(({ name }) => `${name}/layer.tar`),
  }));
  return tar([
    ...configs,
    text('manifest.json', JSON.stringify(manifest)),
    ...layers.flatMap(({ name, entries }) => [
      directory(name),
      { ...text(`${name}/layer.tar`, ''), content: archiveContent(entries) },
    ]),
  ]);
}

/** The image's configuration; its name is its checksum, which becomes the id of the image. */
function configFile({ config, layers }: Image, digests: ReadonlyMap<Layer, string>): TarEntry {
  const created = '1970-01-01T00:00:00Z';
  const architecture = { x64: 'amd64', arm64: 'arm64' }[process.arch as string] ?? process.arch;
  const content = JSON.stringify({
    architecture,
    os: 'linux',
    created,
    config,
    rootfs: { type: 'layers', diff_ids: layers.map((each) => `sha256:${digests.get(each) ?? ''}`) },
    history: layers.map(({ name }) => ({ created, created_by: `streamlab stand-in: ${name}` })),
  });
  return text(`${createHash('sha256').update(content).digest('hex')}.json`, content);
}

async function digestOf({ entries }: Layer): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of tar(entries)) hash.update(chunk);
  return hash.digest('hex');
}
