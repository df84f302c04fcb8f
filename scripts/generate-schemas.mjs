// Writes templates/schemas/*.schema.json from the zod schemas of the build:
// npm run build && node scripts/generate-schemas.mjs && npm run format
import { mkdir, writeFile } from 'node:fs/promises';
import { jsonSchemaFiles } from '../dist/domain/json-schema.js';

const directory = new URL('../templates/schemas/', import.meta.url);
await mkdir(directory, { recursive: true });
await Promise.all(
  jsonSchemaFiles().map(({ name, document }) =>
    writeFile(new URL(name, directory), `${JSON.stringify(document, undefined, 2)}\n`),
  ),
);
