import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { extname, join, relative, sep } from 'node:path';
import { reasonOf, StreamlabError } from '../../errors.js';

/** A file of the page, as it is sent. */
export interface PageFile {
  bytes: Buffer;
  type: string;
  etag: string;
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** The chart library, as its package ships it for browsers. */
const library = ['uPlot.iife.min.js', 'uPlot.min.css'];

/**
 * Every file of the page by its path below `/assets/`, read once: nothing else on the disk can be asked for.
 * @param folder `console/` of the package
 * @throws StreamlabError INVALID_FILE
 */
export async function readPageFiles(folder: string): Promise<ReadonlyMap<string, PageFile>> {
  const { resolve } = createRequire(import.meta.url);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    throw missing(folder, error);
  });
  const own = entries
    .filter((entry) => entry.isFile() && extname(entry.name) in types)
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path): [string, string] => [relative(folder, path).split(sep).join('/'), path]);
  const vendored = library.map((name): [string, string] => [`vendor/${name}`, resolve(`uplot/dist/${name}`)]);
  const files = await Promise.all(
    [...own, ...vendored].map(async ([name, path]) => [name, await readPageFile(path)] as const),
  );
  return new Map(files);
}

async function readPageFile(path: string): Promise<PageFile> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw missing(path, error);
  });
  const etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`;
  return { bytes, type: types[extname(path)] ?? 'application/octet-stream', etag };
}

function missing(path: string, error: unknown): StreamlabError {
  return new StreamlabError('INVALID_FILE', `Cannot read ${path} of the console: ${reasonOf(error)}`, {
    suggestions: ['Install streamlab again, or put the file back.'],
    cause: error,
  });
}
