import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readAlertFile } from '../../../src/adapters/files/alert-rules.js';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'streamlab-rules-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

test('where no file is named, the rules are those that ship', async () => {
  const { file, rules } = await readAlertFile(undefined, dir);
  expect(file).toMatch(/templates[/\\]alerts[/\\]rules\.yaml$/);
  expect(rules.map(({ name }) => name)).toContain('dead-letter-spike');
  expect((await readAlertFile('rules', dir)).rules).toEqual(rules);
});

test('a file of one’s own is relative to the working directory, and named as it was given', async () => {
  const text =
    'rules:\n  - { name: a, kind: zero_traffic, enabled: false }\nroutes:\n  - channels: [console]\n';
  await writeFile(join(dir, 'mine.yaml'), text);
  const { file, rules, routes } = await readAlertFile('./mine.yaml', dir);
  expect(file).toBe('./mine.yaml');
  expect(rules).toMatchObject([{ name: 'a', enabled: false }]);
  expect(routes).toEqual([{ channels: ['console'] }]);
  await writeFile(join(dir, 'mine.yaml'), `${text}  - channels: [console, disocrd]\n`);
  await expect(readAlertFile('mine.yaml', dir)).rejects.toMatchObject({
    code: 'INVALID_FILE',
    message: expect.stringMatching(/^mine\.yaml:5: route 2: .*did you mean "discord"/) as string,
  });
});

test('a name that there is not, and a file that cannot be read, are refused by name', async () => {
  await expect(readAlertFile('rulez', dir)).rejects.toMatchObject({
    code: 'INVALID_USAGE',
    message: 'There is no file of alert rules "rulez".',
    suggestions: expect.arrayContaining(['Did you mean "rules"?']) as string[],
  });
  await expect(readAlertFile('./none.yaml', dir)).rejects.toMatchObject({
    code: 'INVALID_FILE',
    message: expect.stringContaining('./none.yaml') as string,
  });
});
