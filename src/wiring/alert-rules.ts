import type { AlertFile } from '../domain/alerts/rule-file.js';
import type { Config } from '../domain/config.js';

/**
 * The rules of this call: the file that the flag names, else that of the setting `alertRules`, else those that ship.
 * @throws StreamlabError INVALID_USAGE, INVALID_FILE naming file, line, rule and key
 */
export async function loadAlertFile(
  config: Pick<Config, 'alertRules'>,
  flag: string | undefined,
): Promise<AlertFile> {
  const { readAlertFile } = await import('../adapters/files/alert-rules.js');
  return readAlertFile(flag ?? config.alertRules, process.cwd());
}
