import { join } from 'node:path';
import { variableOf, type Config } from '../../../domain/config.js';
import { packageRoot } from '../../files/paths.js';
import { readStack } from './compose-reader.js';
import { connectorFolder } from './connector.js';
import type { DockerEngine } from './engine.js';
import { imageVariables } from './lab-file.js';

/** The images of a lab, each once. */
export async function imagesOf(config: Config): Promise<string[]> {
  const stack = await readStack({
    path: join(packageRoot, 'compose', 'compose.yaml'),
    name: 'compose/compose.yaml',
    lab: config.lab,
    without: config.without,
    variables: { ...process.env, [variableOf('lab')]: config.lab, ...imageVariables(config) },
    provided: new Map([[connectorFolder, []]]),
  });
  return [...new Set(stack.services.map(({ definition }) => definition.image))];
}

export interface LackingImages {
  missing: readonly string[];
  /** Why the first of them that cannot be pulled cannot be; undefined if all can, or if nobody was asked. */
  unpullable: string | undefined;
}

/**
 * Images of a lab that the engine does not have. Nothing is downloaded; unless `offline`, their registries are asked.
 * @throws StreamlabError when the engine cannot be asked
 */
export async function lackingImages(
  engine: DockerEngine,
  config: Config,
  { offline }: { offline: boolean },
): Promise<LackingImages> {
  const images = await imagesOf(config);
  const ids = await Promise.all(images.map((image) => engine.imageId(image)));
  const missing = images.filter((_, index) => ids[index] === undefined);
  if (offline) return { missing, unpullable: undefined };
  const reasons = await Promise.all(missing.map((image) => engine.whyNotPullable(image)));
  const index = reasons.findIndex((reason) => reason !== undefined);
  const reason = `${missing[index] ?? ''} cannot be pulled: ${shortened(reasons[index] ?? '')}`;
  return { missing, unpullable: index < 0 ? undefined : reason };
}

/** Why a lab cannot have its images: undefined if each is on the engine or, unless `offline`, in its registry. */
export async function whyImagesLack(
  engine: DockerEngine,
  config: Config,
  offline: boolean,
): Promise<string | undefined> {
  const { missing, unpullable } = await lackingImages(engine, config, { offline });
  if (offline && missing.length > 0) return `the engine lacks ${missing.join(', ')}`;
  return unpullable;
}

/** Engines quote whole addresses with their queries. */
function shortened(reason: string): string {
  const text = reason.replace(/^\(HTTP code \d+\) [^-]* - /, '').trim();
  return text.length > 140 ? `${text.slice(0, 140)}…` : text;
}
