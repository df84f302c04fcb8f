import { parseFixRules, type FixRule } from '../../domain/dlq/fix-rules.js';
import { YamlFolder } from './yaml-folder.js';

const fixFiles = new YamlFolder({
  folder: 'fix-rules',
  noun: 'file of rules',
  plural: 'files of rules',
  whereToLook: 'Rules that ship with streamlab: --fix-file all',
  format: 'The format is explained in docs/dead-letters.md.',
});

/**
 * Rules by the name of a file that ships with streamlab, or from a file of one's own.
 * @param cwd what the path of a file is relative to
 * @throws StreamlabError INVALID_USAGE for a name that there is not, INVALID_FILE naming file, line and key
 */
export async function readFixRules(nameOrFile: string, cwd: string): Promise<FixRule[]> {
  return parseFixRules(await fixFiles.read(nameOrFile, cwd));
}
