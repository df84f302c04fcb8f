import { Flags } from '@oclif/core';
import { LabCommand } from '../../command.js';
import { describeFilter, parseFilter } from '../../domain/dlq/filter.js';
import { defaultAttempts } from '../../domain/dlq/replay-plan.js';
import { replayLines, stayLine, type ReplayResult } from '../../domain/dlq/replay-result.js';
import { printable } from '../../domain/printable.js';
import { ExitCode, StreamlabError } from '../../errors.js';
import { letterFlags } from '../../letter-flags.js';
import { effectTable, sampleLines } from '../../screens.js';
import { runDlqReplay, type ReplayCall } from '../../wiring/dlq-replay.js';

export default class Replay extends LabCommand {
  static override summary = 'Send dead letters through the job again, each once';
  static override description =
    'What came too late is sent as it is, and counted in its window however late it is. What is invalid is sent only if a fix repairs it; the rest stays, and is named. The raw records and the journal entries that say so are written in the same Kafka transactions: a replay that was interrupted or killed goes on when the same command is run again, and no letter is sent twice. Asks before it sends, unless --yes is given. A second replay of the lab takes over from the first.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --since 1h --dry-run',
    '<%= config.bin %> <%= command.id %> --since 1h --yes',
    '<%= config.bin %> <%= command.id %> --reason too_late --rate 500 --limit 10000',
    '<%= config.bin %> <%= command.id %> --reason missing_field:amount --fix \'$merge([$, {"amount": total}])\'',
    '<%= config.bin %> <%= command.id %> --fix-file all --skipped stay.ndjson --json --yes',
  ];
  static override flags = {
    ...letterFlags,
    'dry-run': Flags.boolean({
      summary: 'Only say what would be sent, and what it would change',
      default: false,
    }),
    yes: Flags.boolean({ char: 'y', summary: 'Send without asking', default: false }),
    limit: Flags.integer({ char: 'n', summary: 'How many to send at most', helpValue: 'N', min: 1 }),
    rate: Flags.integer({
      summary: 'How many to send a second (default: as fast as it goes)',
      helpValue: 'N',
      min: 1,
    }),
    'max-attempts': Flags.integer({
      summary: 'How often the same event may be replayed',
      helpValue: 'N',
      default: defaultAttempts,
      min: 1,
      max: 50,
    }),
    force: Flags.boolean({
      summary: 'Also send what was replayed before: it is counted again, and verify says so',
      default: false,
    }),
    fix: Flags.string({
      summary: 'A JSONata expression that makes a valid event of an invalid one',
      helpGroup: 'REPAIR',
      helpValue: 'EXPR',
      exclusive: ['fix-file'],
    }),
    'fix-file': Flags.string({
      summary: 'Rules by reason and schema version: a YAML file, or "all" for those that ship with streamlab',
      helpGroup: 'REPAIR',
      helpValue: 'FILE',
    }),
    skipped: Flags.string({
      summary: 'List every letter that is not sent, and why, in a file of JSON lines',
      helpValue: 'FILE',
    }),
  };

  async run(): Promise<ReplayResult> {
    const { flags, config } = await this.setUp(Replay);
    const call: ReplayCall = {
      filter: parseFilter(flags, Date.now()),
      selection: describeFilter(flags),
      fix: fixOf(flags.fix, flags['fix-file']),
      dryRun: flags['dry-run'],
      yes: flags.yes,
      force: flags.force,
      maxAttempts: flags['max-attempts'],
      ratePerSecond: flags.rate,
      limit: flags.limit,
      skippedFile: flags.skipped,
      confirm: (question) => this.ask(question, flags.yes),
      report: this.out.report,
      signal: this.interrupt,
    };
    const result = await runDlqReplay(config, call);
    this.out.stop();
    if (!this.jsonEnabled()) this.show(result);
    if (result.interrupted === true) {
      process.exitCode = ExitCode.interrupted;
      this.out.message('Interrupted. What was sent is sent; run the same command again to go on.');
    }
    return result;
  }

  private async ask(question: string, yes: boolean): Promise<void> {
    this.out.stop();
    await this.confirm(question, yes);
  }

  private show(result: ReplayResult): void {
    this.out.data(replayLines(result).join('\n'));
    if (result.dryRun === true && result.replayed > 0) {
      this.out.data(`\n${effectTable(result.effect)}`);
      for (const line of sampleLines(result.samples ?? [])) this.out.data(line);
    }
    const { unrepairable, tooManyAttempts, unreadable } = result.skipped;
    const stay = unrepairable + tooManyAttempts + unreadable;
    if (stay === 0) return;
    this.out.message(
      `\nThese stay${stay > result.stay.length ? `, the first ${result.stay.length} of ${stay} (--skipped FILE lists all)` : ''}:`,
    );
    for (const letter of result.stay) this.out.message(`  ${printable(stayLine(letter))}`);
  }
}

function fixOf(expression: string | undefined, file: string | undefined): ReplayCall['fix'] {
  if (expression === undefined) return file === undefined ? undefined : { file };
  if (expression.trim() !== '') return { expression };
  throw new StreamlabError('INVALID_USAGE', '--fix: the expression is empty.', {
    suggestions: ['For instance: --fix \'$merge([$, {"amount": total}])\''],
  });
}
