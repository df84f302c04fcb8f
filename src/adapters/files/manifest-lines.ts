import { open, type FileHandle } from 'node:fs/promises';
import { entryProblem } from '../../domain/manifest/entry-check.js';
import type { ManifestEntry } from '../../domain/traffic/manifest.js';
import { reasonOf, StreamlabError } from '../../errors.js';

/** Some lines of a manifest, in their order. */
export interface ManifestChunk {
  entries: ManifestEntry[];
  /** How much of the file was read, 0 to 1. */
  fraction: number;
  /** The line, from 1, that the file breaks off in; it is not among the entries. */
  truncatedLine?: number;
}

const chunkBytes = 1024 * 1024;
/** No line of a manifest is as long; a file without line breaks must not be held in memory. */
const longestLineBytes = 4 * 1024 * 1024;
const lineBreak = 0x0a;

/**
 * The entries of a manifest that `produce --manifest` wrote. A last line that breaks off, as a killed run leaves it, is
 * left out and told.
 * @throws StreamlabError INVALID_FILE when the file cannot be read, is empty, or a line is not a manifest entry: it
 *   names file and line
 */
export async function* readManifestLines(path: string): AsyncGenerator<ManifestChunk> {
  const file = await openFile(path);
  try {
    yield* readLines(path, file);
  } finally {
    await file.close();
  }
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    const file = await open(path, 'r');
    const isDirectory = await file.stat().then(
      (stat) => stat.isDirectory(),
      () => false,
    );
    if (!isDirectory) return file;
    await file.close();
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const sentence = isMissing
      ? `There is no manifest ${path}.`
      : `Cannot read the manifest ${path}: ${reasonOf(error)}`;
    throw invalid(sentence, error);
  }
  throw invalid(`Cannot read the manifest ${path}: it is a directory.`);
}

async function* readLines(path: string, file: FileHandle): AsyncGenerator<ManifestChunk> {
  const { size } = await file.stat();
  let rest: Buffer = Buffer.alloc(0);
  let read = 0;
  let lines = 0;
  for (;;) {
    const bytes = await nextBytes(path, file);
    if (bytes.length === 0) break;
    read += bytes.length;
    const all = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
    const end = all.lastIndexOf(lineBreak) + 1;
    rest = all.subarray(end);
    if (rest.length > longestLineBytes) throw notAnEntry(path, lines + 1, 'it is too long');
    if (end === 0) continue;
    const entries = parseLines(path, all.toString('utf8', 0, end - 1), lines + 1);
    lines += entries.length;
    yield { entries, fraction: size === 0 ? 1 : Math.min(1, read / size) };
  }
  if (rest.length > 0) yield lastLine(path, rest.toString('utf8'), lines + 1);
  else if (lines === 0) throw invalid(`The manifest ${path} is empty.`);
}

async function nextBytes(path: string, file: FileHandle): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(chunkBytes);
  try {
    const { bytesRead } = await file.read(buffer, 0, chunkBytes);
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    throw invalid(`Cannot read the manifest ${path}: ${reasonOf(error)}`, error);
  }
}

function parseLines(path: string, text: string, firstLine: number): ManifestEntry[] {
  return text.split('\n').map((line, n) => {
    const parsed = parseJson(line);
    if (parsed === undefined) throw notAnEntry(path, firstLine + n, 'it is not JSON');
    return checked(path, firstLine + n, parsed.value);
  });
}

/** A line without a line break: whole, or broken off in the middle of an object. */
function lastLine(path: string, text: string, line: number): ManifestChunk {
  const parsed = parseJson(text);
  if (parsed !== undefined) return { entries: [checked(path, line, parsed.value)], fraction: 1 };
  if (!text.startsWith('{')) throw notAnEntry(path, line, 'it is not JSON');
  return { entries: [], fraction: 1, truncatedLine: line };
}

function parseJson(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

function checked(path: string, line: number, value: unknown): ManifestEntry {
  const problem = entryProblem(value);
  if (problem !== undefined) throw notAnEntry(path, line, problem);
  return value as ManifestEntry;
}

function notAnEntry(path: string, line: number, problem: string): StreamlabError {
  return invalid(`${path} line ${line} is not a line of a manifest: ${problem}.`);
}

function invalid(sentence: string, cause?: unknown): StreamlabError {
  return new StreamlabError('INVALID_FILE', sentence, {
    suggestions: ['Name a file that streamlab produce --manifest FILE wrote.'],
    cause,
  });
}
