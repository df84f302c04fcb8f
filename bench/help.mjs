// How long the CLI takes to answer, beside a bare oclif program with one command.
import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { bin, root, timed, withLab } from './support.mjs';

const command = `import { Command } from '@oclif/core';
export default class Hello extends Command {
  static summary = 'Say hello';
  async run() { this.log('hello'); }
}
`;

/** @param {import('./support.mjs').Context} context @returns {Promise<import('./support.mjs').Row[]>} */
export async function run({ folder, quick }) {
  const hello = await bareProgram(join(folder, 'hello'));
  const rounds = quick ? 3 : 10;
  const calls = {
    help: [bin, '--help'],
    peer: [hello, '--help'],
    version: [bin, '--version'],
    peerVersion: [hello, '--version'],
    status: [bin, 'status', '--lab', 'bench-nothing'],
  };
  const took = await measure(calls, rounds);
  const running = await withLab(() => measure({ status: [bin, 'status'], version: calls.version }, rounds));
  const how = `median of ${rounds} runs, alternating`;
  return [
    {
      what: '`streamlab --help`',
      unit: 'ms',
      ours: took.help,
      peer: took.peer,
      how: `${how}; peer: bare oclif hello`,
    },
    {
      what: '`streamlab --version`',
      unit: 'ms',
      ours: took.version,
      peer: took.peerVersion,
      how: 'the same',
    },
    { what: '`streamlab status`, no lab', unit: 'ms', ours: took.status, how },
    {
      what: '`streamlab status`, a running lab',
      unit: 'ms',
      ours: running.status,
      peer: running.version,
      how: `${how}, the lab at rest; peer: \`streamlab --version\` beside it`,
    },
  ];
}

/** @returns {Promise<Record<string, number[]>>} milliseconds of whole processes */
async function measure(calls, rounds) {
  const took = Object.fromEntries(Object.keys(calls).map((key) => [key, []]));
  // The first round fills the file system's cache.
  for (let round = 0; round <= rounds; round++) {
    for (const [key, args] of Object.entries(calls)) {
      const ms = await timed(() => execa(process.execPath, args, { reject: false, stdin: 'ignore' }));
      if (round > 0) took[key].push(ms);
    }
  }
  return took;
}

/** The smallest program that `oclif generate` would make, with the same oclif as ours. @returns its run.js */
async function bareProgram(folder) {
  const entry = join(folder, 'bin', 'run.js');
  await Promise.all(
    ['bin', 'commands', 'node_modules/@oclif'].map((name) => mkdir(join(folder, name), { recursive: true })),
  );
  const oclif = { bin: 'hello', dirname: 'hello', commands: './commands' };
  const manifest = { name: 'hello', version: '1.0.0', type: 'module', files: ['bin'], oclif };
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
  await writeFile(join(folder, 'commands', 'hello.js'), command);
  await cp(bin, entry);
  await symlink(join(root, 'node_modules', '@oclif', 'core'), join(folder, 'node_modules', '@oclif', 'core'));
  await execa(process.execPath, [join(root, 'node_modules', 'oclif', 'bin', 'run.js'), 'manifest'], {
    cwd: folder,
  });
  return entry;
}
