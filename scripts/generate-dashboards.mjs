// Writes grafana/dashboards/*.json from scripts/dashboards and grafana/queries:
// node scripts/generate-dashboards.mjs
// With --check it writes nothing, and ends with exit code 1 if what is there differs.
import { readFileSync, writeFileSync } from 'node:fs';
import { business } from './dashboards/business.mjs';
import { deadLetters } from './dashboards/dead-letters.mjs';
import { overview } from './dashboards/overview.mjs';
import { pipeline } from './dashboards/pipeline.mjs';

const directory = new URL('../grafana/dashboards/', import.meta.url);
const dashboards = {
  'overview.json': overview(),
  'business.json': business(),
  'pipeline.json': pipeline(),
  'dead-letters.json': deadLetters(),
};
const checking = process.argv.includes('--check');

for (const [name, dashboard] of Object.entries(dashboards)) {
  const file = new URL(name, directory);
  const text = `${JSON.stringify(dashboard, undefined, 2)}\n`;
  if (!checking) writeFileSync(file, text);
  else if (readFileSync(file, 'utf8') !== text) {
    console.error(`grafana/dashboards/${name} is not what scripts/generate-dashboards.mjs writes: run it.`);
    process.exitCode = 1;
  }
}
