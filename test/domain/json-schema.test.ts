import { readdir, readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { jsonSchemaFiles } from '../../src/domain/json-schema.js';

const directory = new URL('../../templates/schemas/', import.meta.url);

it('ships the JSON Schemas that the zod schemas give (scripts/generate-schemas.mjs writes them)', async () => {
  const files = jsonSchemaFiles();
  for (const { name, document } of files)
    expect(JSON.parse(await readFile(new URL(name, directory), 'utf8'))).toEqual(document);
  const shipped = (await readdir(directory)).filter((name) => /^(clickstream|order)\./.test(name));
  expect(shipped.sort()).toEqual(files.map(({ name }) => name).sort());
});
