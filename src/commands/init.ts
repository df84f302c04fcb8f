import { Args, Flags } from '@oclif/core';
import { LabCommand } from '../command.js';
import { runInit } from '../wiring/init.js';

/** What `--json` prints. */
type InitJson = Awaited<ReturnType<typeof runInit>>;

export default class Init extends LabCommand {
  static override summary = 'Write the files that one starts from: settings and alert rules';
  static override description =
    'streamlab.yaml has every usual setting as a comment, with its default; alert-rules.yaml is a copy of the rules that ship. Started in that folder, streamlab uses both. A file that is there already is kept, unless --force is given.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> my-lab',
    '<%= config.bin %> <%= command.id %> --force --json',
  ];
  static override args = {
    dir: Args.string({ description: 'The folder, made if it is not there', default: '.' }),
  };
  static override flags = {
    force: Flags.boolean({ summary: 'Overwrite files that are there', default: false }),
  };

  async run(): Promise<InitJson> {
    const { flags, args } = await this.setUp(Init);
    const result = await runInit(args.dir, flags.force);
    if (this.jsonEnabled()) return result;
    for (const { path, what } of result.files) this.out.data(`${what.padEnd(11)}  ${path}`);
    if (result.files.some(({ what }) => what === 'kept'))
      this.out.message(
        'What was there is kept, and --force overwrites it. The setting alertRules names the file of alert rules.',
      );
    else this.out.message('Next: streamlab alerts rules, and streamlab up, in that folder.');
    return result;
  }
}
