import { open, readdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { nearest } from '../../domain/nearest.js';
import { parseScenario, type Scenario } from '../../domain/traffic/scenario.js';
import { reasonOf, StreamlabError } from '../../errors.js';
import { packageRoot } from './paths.js';
import { parseYamlDocument } from './yaml-document.js';

/** Where the scenarios are that ship with streamlab. */
const shippedFolder = join(packageRoot, 'templates', 'scenarios');
const MAX_FILE_BYTES = 1_000_000;

/**
 * A scenario by its name, or from a file: anything with a slash or the ending .yaml or .yml.
 * @param cwd what the path of a file is relative to
 * @throws StreamlabError INVALID_USAGE for a name that there is not, INVALID_FILE naming the file and the line
 */
export async function readScenario(nameOrFile: string, cwd: string): Promise<Scenario> {
  if (/[/\\]|\.ya?ml$/i.test(nameOrFile)) return readScenarioFile(resolve(cwd, nameOrFile), nameOrFile);
  const names = await shippedNames();
  if (names.includes(nameOrFile)) return readShipped(nameOrFile);
  const close = nearest(nameOrFile, names);
  throw new StreamlabError('INVALID_USAGE', `There is no scenario ${JSON.stringify(nameOrFile)}.`, {
    suggestions: [
      ...(close === undefined ? [] : [`Did you mean "${close}"?`]),
      `Scenarios: ${names.join(', ')}.`,
      'A file of your own has a slash or the ending .yaml: ./mine.yaml',
    ],
  });
}

/** All scenarios that ship with streamlab, by name. */
export async function readShippedScenarios(): Promise<Scenario[]> {
  return Promise.all((await shippedNames()).map(readShipped));
}

function readShipped(name: string): Promise<Scenario> {
  const path = join(shippedFolder, `${name}.yaml`);
  return readScenarioFile(path, path);
}

async function shippedNames(): Promise<string[]> {
  try {
    const files = await readdir(shippedFolder);
    return files
      .filter((file) => file.endsWith('.yaml'))
      .map((file) => file.slice(0, -'.yaml'.length))
      .sort();
  } catch (error) {
    throw new StreamlabError(
      'INVALID_FILE',
      `Cannot read the scenarios in ${shippedFolder}: ${reasonOf(error)}`,
      { suggestions: ['Install streamlab again, or put the folder back.'], cause: error },
    );
  }
}

async function readScenarioFile(path: string, file: string): Promise<Scenario> {
  const text = decode(await readBounded(path, file), file);
  const name = basename(path).replace(/\.ya?ml$/i, '');
  return parseScenario({ name, file, ...parseYamlDocument(text, file) });
}

/** A pipe has no size to ask for, and some files have no end: so read, and stop. */
async function readBounded(path: string, file: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    const handle = await open(path);
    for await (const chunk of handle.createReadStream({ end: MAX_FILE_BYTES })) {
      chunks.push(chunk as Buffer);
      size += (chunk as Buffer).length;
    }
  } catch (error) {
    throw new StreamlabError('INVALID_FILE', `Cannot read the scenario ${file}: ${reasonOf(error)}`, {
      suggestions: ['The scenarios that there are: streamlab scenarios'],
      cause: error,
    });
  }
  if (size <= MAX_FILE_BYTES) return Buffer.concat(chunks);
  throw new StreamlabError('INVALID_FILE', `${file} is larger than 1 MB: that is no scenario.`, {
    suggestions: ['The format is explained in docs/scenarios.md. To send events of a file: --from FILE'],
  });
}

function decode(bytes: Buffer, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new StreamlabError('INVALID_FILE', `${file} is not text in UTF-8.`, { cause: error });
  }
}
