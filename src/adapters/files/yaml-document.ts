import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Document,
  type Node,
  type Pair,
} from 'yaml';
import { reasonOf, StreamlabError } from '../../errors.js';

/** A YAML file as plain data that still knows where its parts were written. */
export interface YamlDocument {
  values: unknown;
  /** The line of a key or an item, or of the nearest thing around it, counted from 1. */
  lineOf(path: readonly (string | number)[]): number;
}

/**
 * @param file the file as it is named in messages
 * @throws StreamlabError INVALID_FILE naming file and line: not YAML, a key given twice, aliases that unfold without end
 */
export function parseYamlDocument(text: string, file: string): YamlDocument {
  const lines = new LineCounter();
  const lineAt = (offset: number | undefined): number =>
    offset === undefined ? 1 : Math.max(1, lines.linePos(offset).line);
  try {
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
    const [error] = document.errors;
    if (error !== undefined) throw notYaml(file, lineAt(error.pos[0]), error.message, error);
    return { values: document.toJS(), lineOf: (path) => lineAt(offsetOf(document, path)) };
  } catch (error) {
    if (error instanceof StreamlabError) throw error;
    // Aliases beyond yaml's maxAliasCount, or brackets nested too deeply for the stack.
    throw notYaml(file, 1, reasonOf(error), error);
  }
}

function notYaml(file: string, line: number, reason: string, cause: unknown): StreamlabError {
  const sentence = (reason.split('\n')[0] ?? '').replace(/[.:]?$/, '.');
  return new StreamlabError('INVALID_FILE', `${file}:${line}: this is not valid YAML: ${sentence}`, {
    suggestions: [
      'A tab in place of spaces, a missing space after a colon and a missing quote are the usual causes.',
    ],
    cause,
  });
}

/** Where the last part of the path begins that exists; for a key of a mapping, where the key does. */
function offsetOf(document: Document.Parsed, path: readonly (string | number)[]): number | undefined {
  let node: Node | null | undefined = document.contents;
  let offset = node?.range?.[0];
  for (const part of path) {
    const inside: Node | null | undefined = isAlias(node) ? node.resolve(document) : node;
    if (isMap<Node, Node>(inside)) {
      const pair: Pair<Node, Node | null> | undefined = inside.items.find(
        ({ key }) => isScalar(key) && String(key.value) === String(part),
      );
      if (pair === undefined) return offset;
      offset = pair.key.range?.[0] ?? offset;
      node = pair.value;
    } else if (isSeq<Node>(inside) && typeof part === 'number') {
      node = inside.items[part];
      offset = node?.range?.[0] ?? offset;
    } else return offset;
  }
  return offset;
}
