import { readConfigFile } from '../adapters/files/config-file.js';
import { resolveConfig, valuesFromEnvironment, type Config, type ConfigValues } from '../domain/config.js';

/** The configuration of this call: file, then variables, then flags. */
export async function loadConfig(given: { file: string | undefined; flags: ConfigValues }): Promise<Config> {
  const file = await readConfigFile(given.file ?? process.env.STREAMLAB_CONFIG, process.cwd());
  return resolveConfig({ file, environment: valuesFromEnvironment(process.env), flags: given.flags });
}
