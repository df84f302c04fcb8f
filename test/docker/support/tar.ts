import { createReadStream, statSync } from 'node:fs';

/** What a member of an archive holds; a file's bytes are read only when the archive is. */
export type TarContent =
  | { readonly type: 'directory' }
  | { readonly type: 'link'; readonly target: string }
  | { readonly type: 'file'; readonly sizeBytes: number; readonly read: () => AsyncIterable<Buffer> };

export interface TarEntry {
  /** Within the archive, no slash at its begin or end. */
  readonly path: string;
  /** Permissions, for instance 0o755. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly content: TarContent;
}

const blockBytes = 512;
const endBytes = 2 * blockBytes;

export function fileContent(path: string): TarContent {
  return {
    type: 'file',
    sizeBytes: statSync(path).size,
    read: () => createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>,
  };
}

export function bytesContent(bytes: Buffer): TarContent {
  return { type: 'file', sizeBytes: bytes.length, read: () => once(bytes) };
}

/** An archive as a member of another one. */
export function archiveContent(entries: readonly TarEntry[]): TarContent {
  return { type: 'file', sizeBytes: tarBytes(entries), read: () => tar(entries) };
}

/** Size of the archive that {@link tar} makes of the entries. */
function tarBytes(entries: readonly TarEntry[]): number {
  return entries.reduce((sum, { content }) => sum + blockBytes + padded(sizeOf(content)), endBytes);
}

/** A POSIX ustar archive of the entries, in their order. The same entries give the same bytes: all times are 0. */
export async function* tar(entries: readonly TarEntry[]): AsyncGenerator<Buffer> {
  for (const entry of entries) {
    yield header(entry);
    if (entry.content.type !== 'file') continue;
    let written = 0;
    for await (const chunk of entry.content.read()) {
      written += chunk.length;
      yield chunk;
    }
    if (written !== entry.content.sizeBytes) throw new Error(`${entry.path} changed while it was read`);
    yield Buffer.alloc(padded(written) - written);
  }
  yield Buffer.alloc(endBytes);
}

/** Fields of the ustar header: IEEE Std 1003.1, pax, "ustar Interchange Format". */
function header({ path, mode, uid, gid, content }: TarEntry): Buffer {
  const block = Buffer.alloc(blockBytes);
  const [prefix, name] = splitPath(content.type === 'directory' ? `${path}/` : path);
  const octal = (value: number, at: number, digits: number): void => {
    block.write(value.toString(8).padStart(digits, '0'), at, 'latin1');
  };
  block.write(name, 0);
  octal(mode, 100, 7);
  octal(uid, 108, 7);
  octal(gid, 116, 7);
  octal(sizeOf(content), 124, 11);
  octal(0, 136, 11);
  block.fill(' ', 148, 156);
  block.write({ file: '0', link: '2', directory: '5' }[content.type], 156);
  if (content.type === 'link') block.write(content.target, 157);
  block.write('ustar\u000000', 257, 'latin1');
  block.write(prefix, 345);
  octal(
    block.reduce((sum, byte) => sum + byte, 0),
    148,
    6,
  );
  block.writeUInt8(0, 154);
  return block;
}

function splitPath(path: string): [prefix: string, name: string] {
  if (Buffer.byteLength(path) <= 100) return ['', path];
  for (let at = path.indexOf('/'); at >= 0 && at < path.length - 1; at = path.indexOf('/', at + 1)) {
    if (Buffer.byteLength(path.slice(at + 1)) <= 100 && at <= 155)
      return [path.slice(0, at), path.slice(at + 1)];
  }
  throw new Error(`too long for a ustar archive: ${path}`);
}

function sizeOf(content: TarContent): number {
  return content.type === 'file' ? content.sizeBytes : 0;
}

function padded(bytes: number): number {
  return Math.ceil(bytes / blockBytes) * blockBytes;
}

// eslint-disable-next-line @typescript-eslint/require-await -- an asynchronous view of what is there already
async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}
