import { open, readdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { nearest } from '../../domain/nearest.js';
import { reasonOf, StreamlabError } from '../../errors.js';
import { packageRoot } from './paths.js';
import { parseYamlDocument, type YamlDocument } from './yaml-document.js';

const MAX_FILE_BYTES = 1_000_000;

/** A file of a folder, or of a user. */
export interface NamedYaml extends YamlDocument {
  /** Of the file, without its ending. */
  name: string;
  /** The file as it is named in messages. */
  file: string;
}

export interface FolderWords {
  /** In templates/. */
  folder: string;
  /** Such as `scenario`, and several of them. */
  noun: string;
  plural: string;
  /** What to do when one cannot be read, or is far too large. */
  whereToLook: string;
  format: string;
}

/** YAML files that ship with streamlab and that users write of their own. */
export class YamlFolder {
  private readonly path: string;

  constructor(private readonly words: FolderWords) {
    this.path = join(packageRoot, 'templates', words.folder);
  }

  /**
   * The one of that name, or a file: anything with a slash or the ending .yaml or .yml.
   * @param cwd what the path of a file is relative to
   * @throws StreamlabError INVALID_USAGE for a name that there is not, INVALID_FILE naming the file and the line
   */
  async read(nameOrFile: string, cwd: string): Promise<NamedYaml> {
    if (/[/\\]|\.ya?ml$/i.test(nameOrFile)) return this.readFile(resolve(cwd, nameOrFile), nameOrFile);
    const names = await this.names();
    if (names.includes(nameOrFile)) return this.readShipped(nameOrFile);
    const { noun, plural } = this.words;
    const close = nearest(nameOrFile, names);
    throw new StreamlabError('INVALID_USAGE', `There is no ${noun} ${JSON.stringify(nameOrFile)}.`, {
      suggestions: [
        ...(close === undefined ? [] : [`Did you mean "${close}"?`]),
        `${plural.charAt(0).toUpperCase()}${plural.slice(1)}: ${names.join(', ')}.`,
        'A file of your own has a slash or the ending .yaml: ./mine.yaml',
      ],
    });
  }

  readShipped(name: string): Promise<NamedYaml> {
    const path = join(this.path, `${name}.yaml`);
    return this.readFile(path, path);
  }

  /** Of all that ship with streamlab. */
  async names(): Promise<string[]> {
    try {
      const files = await readdir(this.path);
      return files
        .filter((file) => file.endsWith('.yaml'))
        .map((file) => file.slice(0, -'.yaml'.length))
        .sort();
    } catch (error) {
      throw new StreamlabError(
        'INVALID_FILE',
        `Cannot read the ${this.words.plural} in ${this.path}: ${reasonOf(error)}`,
        { suggestions: ['Install streamlab again, or put the folder back.'], cause: error },
      );
    }
  }

  private async readFile(path: string, file: string): Promise<NamedYaml> {
    const text = decode(await this.readBounded(path, file), file);
    const name = basename(path).replace(/\.ya?ml$/i, '');
    return { name, file, ...parseYamlDocument(text, file) };
  }

  /** A pipe has no size to ask for, and some files have no end: so read, and stop. */
  private async readBounded(path: string, file: string): Promise<Buffer> {
    const { noun, whereToLook, format } = this.words;
    const chunks: Buffer[] = [];
    let size = 0;
    try {
      const handle = await open(path);
      for await (const chunk of handle.createReadStream({ end: MAX_FILE_BYTES })) {
        chunks.push(chunk as Buffer);
        size += (chunk as Buffer).length;
      }
    } catch (error) {
      throw new StreamlabError('INVALID_FILE', `Cannot read the ${noun} ${file}: ${reasonOf(error)}`, {
        suggestions: [whereToLook],
        cause: error,
      });
    }
    if (size <= MAX_FILE_BYTES) return Buffer.concat(chunks);
    throw new StreamlabError('INVALID_FILE', `${file} is larger than 1 MB: that is no ${noun}.`, {
      suggestions: [format],
    });
  }
}

function decode(bytes: Buffer, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new StreamlabError('INVALID_FILE', `${file} is not text in UTF-8.`, { cause: error });
  }
}
