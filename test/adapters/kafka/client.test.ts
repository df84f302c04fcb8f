import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { partFiles, partNames } from '../../../src/adapters/kafka/client.js';

test('the package has in the files that are loaded what is taken from them, so that the rest is not loaded', async () => {
  const entry = pathToFileURL(createRequire(import.meta.url).resolve('@platformatic/kafka'));
  const parts = await Promise.all(
    partFiles.map(async (file) => (await import(new URL(file, entry).href)) as object),
  );
  const names = parts.flatMap((part) => Object.keys(part));
  expect(partNames.filter((name) => !names.includes(name))).toEqual([]);
});
