import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readDashboard } from '../../domain/console/dashboard.js';
import type { LoadedDashboard } from '../../domain/console/query-request.js';
import { reasonOf, StreamlabError } from '../../errors.js';
import { packageRoot } from './paths.js';

/** In the order of the console's navigation; others follow by name. */
const order = ['business', 'pipeline', 'dead-letters', 'overview'];

/**
 * The dashboards that ship with streamlab, and those that a user has put beside them.
 * @throws StreamlabError INVALID_FILE naming the file
 */
export async function readDashboards(): Promise<LoadedDashboard[]> {
  const folder = join(packageRoot, 'grafana', 'dashboards');
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json'));
  const placeOf = (name: string): number => {
    const place = order.indexOf(name.replace(/\.json$/, ''));
    return place < 0 ? order.length : place;
  };
  names.sort((a, b) => placeOf(a) - placeOf(b) || a.localeCompare(b));
  return Promise.all(
    names.map(async (name) =>
      readDashboard(`grafana/dashboards/${name}`, await readJson(join(folder, name))),
    ),
  );
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw new StreamlabError('INVALID_FILE', `Cannot read ${path}: ${reasonOf(error)}`, {
      suggestions: ['Install streamlab again, or put the file back.'],
      cause: error,
    });
  }
}
