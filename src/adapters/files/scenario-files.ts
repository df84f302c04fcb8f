import { parseScenario, type Scenario } from '../../domain/traffic/scenario.js';
import { YamlFolder } from './yaml-folder.js';

const scenarios = new YamlFolder({
  folder: 'scenarios',
  noun: 'scenario',
  plural: 'scenarios',
  whereToLook: 'The scenarios that there are: streamlab scenarios',
  format: 'The format is explained in docs/scenarios.md. To send events of a file: --from FILE',
});

/**
 * A scenario by its name, or from a file: anything with a slash or the ending .yaml or .yml.
 * @param cwd what the path of a file is relative to
 * @throws StreamlabError INVALID_USAGE for a name that there is not, INVALID_FILE naming the file and the line
 */
export async function readScenario(nameOrFile: string, cwd: string): Promise<Scenario> {
  return parseScenario(await scenarios.read(nameOrFile, cwd));
}

/** All scenarios that ship with streamlab, by name. */
export async function readShippedScenarios(): Promise<Scenario[]> {
  const names = await scenarios.names();
  return Promise.all(names.map(async (name) => parseScenario(await scenarios.readShipped(name))));
}
