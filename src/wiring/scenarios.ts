import type { Scenario } from '../domain/traffic/scenario.js';

/**
 * The scenario of a name, or of a file relative to the working directory.
 * @throws StreamlabError INVALID_USAGE, INVALID_FILE
 */
export async function loadScenario(nameOrFile: string): Promise<Scenario> {
  const { readScenario } = await import('../adapters/files/scenario-files.js');
  return readScenario(nameOrFile, process.cwd());
}

/** The scenarios that ship with streamlab, by name. */
export async function loadScenarios(): Promise<Scenario[]> {
  const { readShippedScenarios } = await import('../adapters/files/scenario-files.js');
  return readShippedScenarios();
}
