// Writes docs/pictures/traffic-*.svg from what the built `streamlab produce` gives:
// npm run build && node scripts/traffic-pictures.mjs [NAME...]
// With --check it writes nothing, and ends with exit code 1 if what is there differs.
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { clocksGoWrong, duplicates, flashSale, mobileOffline, schemaBreak } from './pictures/content.mjs';
import { clockSkew, jitter, lateBy, tooLate } from './pictures/lateness.mjs';
import { amounts, funnelShares, hotKey, idlePartition, thinkTimes, zipf } from './pictures/people.mjs';
import { arrivals, rates } from './pictures/rates.mjs';
import { produce } from './pictures/runs.mjs';

const pictures = {
  rates,
  arrivals,
  'late-by': lateBy,
  'too-late': tooLate,
  jitter,
  'clock-skew': clockSkew,
  zipf,
  funnel: funnelShares,
  'think-times': thinkTimes,
  amounts,
  'idle-partition': idlePartition,
  'hot-key': hotKey,
  duplicates,
  'schema-break': schemaBreak,
  'scenario-flash-sale': flashSale,
  'scenario-mobile-offline': mobileOffline,
  'scenario-clock-skew': clocksGoWrong,
};
const directory = new URL('../docs/pictures/', import.meta.url);
const isChecking = process.argv.includes('--check');
const asked = process.argv.slice(2).filter((argument) => !argument.startsWith('-'));

const fileOf = (name) => `traffic-${name}.svg`;
function complain(name, why) {
  console.error(`docs/pictures/${name} ${why}`);
  process.exitCode = 1;
}

await mkdir(directory, { recursive: true });
for (const [name, draw] of Object.entries(pictures)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  const file = new URL(fileOf(name), directory);
  const text = await draw(produce);
  if (!isChecking) await writeFile(file, text);
  else if ((await readFile(file, 'utf8').catch(() => '')) !== text)
    complain(fileOf(name), 'is not what scripts/traffic-pictures.mjs writes: run it.');
}

const known = new Set(Object.keys(pictures).map(fileOf));
for (const name of await readdir(directory)) {
  if (name.startsWith('traffic-') && !known.has(name))
    complain(name, 'is no picture that scripts/traffic-pictures.mjs knows: delete it.');
}
