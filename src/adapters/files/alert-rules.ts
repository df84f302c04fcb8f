import { parseAlertFile, type AlertFile } from '../../domain/alerts/rule-file.js';
import { YamlFolder } from './yaml-folder.js';

const alertFiles = new YamlFolder({
  folder: 'alerts',
  noun: 'file of alert rules',
  plural: 'files of alert rules',
  whereToLook: 'Rules that ship with streamlab: --rules rules',
  format: 'The format is explained in docs/alerts.md.',
});

const shipped = 'rules';

/**
 * Rules and routes by the name of a file that ships with streamlab, or from a file of one's own; the shipped ones where
 * none is named.
 * @param cwd what the path of a file is relative to
 * @throws StreamlabError INVALID_USAGE for a name that there is not, INVALID_FILE naming file, line, rule and key
 */
export async function readAlertFile(nameOrFile: string | undefined, cwd: string): Promise<AlertFile> {
  return parseAlertFile(await alertFiles.read(nameOrFile ?? shipped, cwd));
}
