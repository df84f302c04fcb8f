import { join } from 'node:path';
import { variableOf, type Config, type ConfigKey } from '../../../domain/config.js';
import type { DockerLab } from '../../../domain/lab-state.js';
import type { Stack } from '../../../domain/stack/stack.js';
import { packageRoot } from '../../files/paths.js';
import { readStack } from './compose-reader.js';
import { connectorFolder, knownConnector } from './connector.js';

const images = ['kafkaImage', 'flinkImage', 'clickhouseImage', 'grafanaImage', 'kafkaUiImage'] as const;
const portSettings = {
  kafka: 'kafkaPort',
  flink: 'flinkPort',
  sqlGateway: 'sqlGatewayPort',
  clickhouse: 'clickhousePort',
  grafana: 'grafanaPort',
  kafkaUi: 'kafkaUiPort',
} as const satisfies Record<keyof DockerLab['ports'], ConfigKey>;

/** The compose file filled in with a lab's settings. */
export async function stackOfLab(lab: DockerLab, config: Config, cacheDir: string): Promise<Stack> {
  const connector = await knownConnector(cacheDir);
  return readStack({
    path: join(packageRoot, 'compose', 'compose.yaml'),
    name: 'compose/compose.yaml',
    lab: lab.lab,
    without: lab.without,
    variables: { ...process.env, ...variablesOf(lab, config) },
    provided: new Map([[connectorFolder, connector.files]]),
  });
}

/** The variables of the compose file: each is the one of the setting of that name. */
function variablesOf(lab: DockerLab, config: Config): Record<string, string> {
  const ports = Object.entries(portSettings).map(
    ([name, key]) => [variableOf(key), String(lab.ports[name as keyof typeof portSettings])] as const,
  );
  return {
    [variableOf('lab')]: lab.lab,
    [variableOf('parallelism')]: String(lab.slots),
    STREAMLAB_CLICKHOUSE_PASSWORD: lab.clickhousePassword,
    ...imageVariables(config),
    ...Object.fromEntries(ports),
  };
}

export function imageVariables(config: Config): Record<string, string> {
  return Object.fromEntries(
    images.flatMap((key) => {
      const value = config[key];
      return value === undefined ? [] : [[variableOf(key), value] as const];
    }),
  );
}
