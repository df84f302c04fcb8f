import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readAlertFile } from '../../../src/adapters/files/alert-rules.js';
import { readConfigFile } from '../../../src/adapters/files/config-file.js';
import { writeStarters } from '../../../src/adapters/files/templates.js';
import { configKeys, defaultPorts, resolveConfig } from '../../../src/domain/config.js';

let dir: string;
beforeEach(async () => {
  dir = join(await mkdtemp(join(tmpdir(), 'streamlab-init-')), 'my lab');
});
afterEach(() => rm(join(dir, '..'), { recursive: true, force: true }));

const configOf = async (text?: string) => {
  if (text !== undefined) await writeFile(join(dir, 'streamlab.yaml'), text);
  return resolveConfig({ file: await readConfigFile(undefined, dir), environment: {}, flags: {} });
};

test('what is written loads: the settings are the defaults, and the rules those that ship', async () => {
  const files = await writeStarters(dir, false);
  expect(files).toEqual([
    { path: join(dir, 'streamlab.yaml'), what: 'written' },
    { path: join(dir, 'alert-rules.yaml'), what: 'written' },
  ]);
  const { alertRules, ...rest } = await configOf();
  expect(alertRules).toBe('./alert-rules.yaml');
  expect(rest).toEqual(resolveConfig({ environment: {}, flags: {} }));
  expect((await readAlertFile(alertRules, dir)).rules).toEqual((await readAlertFile(undefined, dir)).rules);
});

test('what is commented out is a setting, with its default', async () => {
  await writeStarters(dir, false);
  const text = await readFile(join(dir, 'streamlab.yaml'), 'utf8');
  const shown = text.replace(/^# (?=[a-zA-Z]+: \S+$)/gm, '');
  const { alertRules, ...config } = await configOf(shown);
  const ports = Object.entries(defaultPorts).map(([name, port]) => [`${name}Port`, port]);
  expect(config).toEqual({
    ...resolveConfig({ environment: {}, flags: {} }),
    ...(Object.fromEntries(ports) as object),
  });
  const keys = [...shown.matchAll(/^(\w+): /gm)].map(([, key]) => key);
  expect(keys.length).toBeGreaterThan(15);
  expect(configKeys).toEqual(expect.arrayContaining(keys));
  expect(alertRules).toBeDefined();
});

test('a file that is there is kept, unless it is asked to be overwritten', async () => {
  await writeStarters(dir, false);
  const path = join(dir, 'alert-rules.yaml');
  await writeFile(path, 'mine');
  await rm(join(dir, 'streamlab.yaml'));
  expect((await writeStarters(dir, false)).map(({ what }) => what)).toEqual(['written', 'kept']);
  expect(await readFile(path, 'utf8')).toBe('mine');
  expect((await writeStarters(dir, true)).map(({ what }) => what)).toEqual(['overwritten', 'overwritten']);
  expect(await readFile(path, 'utf8')).toContain('dead-letter-spike');
});

test('a folder that cannot be made is named', async () => {
  const file = join(dir, '..', 'a-file');
  await writeFile(file, '');
  await expect(writeStarters(join(file, 'x'), false)).rejects.toMatchObject({
    exitCode: 2,
    message: expect.stringContaining(join(file, 'x')) as string,
  });
});
