import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Parser, type Command, type Interfaces } from '@oclif/core';
import { describe, expect, it } from 'vitest';
import Produce from '../../src/commands/produce.js';
import { parseProduceFlags, type ProduceFlags } from '../../src/domain/traffic/options.js';
import { joinBurstWords } from '../../src/domain/traffic/rate-notation.js';

const folder = join(import.meta.dirname, '..', '..', 'src', 'commands');
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
  file.endsWith('.ts'),
);

describe.each(files)('the help of %s', (file) => {
  it('says what the command, its flags and its arguments are for, with examples', async () => {
    const { default: command } = (await import(join(folder, file))) as { default: typeof Command };
    expect(command.summary).toMatch(/^\S.*[^.]$/);
    expect(command.description).toMatch(/^\S/);
    expect(command.examples.length).toBeGreaterThan(0);
    for (const [name, flag] of Object.entries(command.flags))
      expect(flag.summary, `--${name}`).toMatch(/^\S/);
    for (const [name, arg] of Object.entries(command.args)) expect(arg.description, name).toMatch(/^\S/);
    const known = Object.keys({ ...command.baseFlags, ...command.flags, json: true });
    for (const example of command.examples as string[])
      for (const [, name = ''] of example.matchAll(/ --([a-z-]+)/g))
        expect(known, example).toContain(name.replace(/^no-/, ''));
  });
});

describe('the examples of produce', () => {
  it.each(Produce.examples.map((example) => example.replace(/^<%.*%> /, '')))(
    'are understood: %s',
    async (line) => {
      const argv = joinBurstWords(line.split(' ')).filter((word) => word !== '--json');
      const flags: Interfaces.FlagInput = Produce.flags;
      const parsed = await Parser.parse(argv, { flags });
      expect(parseProduceFlags(parsed.flags as ProduceFlags).plan.phases).toHaveLength(1);
    },
  );
});
