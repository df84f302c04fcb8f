import { Flags } from '@oclif/core';
import { LabCommand } from '../command.js';
import { parseDurationMs } from '../domain/duration.js';
import type { LedgerResult } from '../domain/ledger/ledger.js';
import { ledgerRows, ledgerVerdict } from '../domain/ledger/report.js';
import { ExitCode, StreamlabError } from '../errors.js';
import { table } from '../output.js';
import { runVerify } from '../wiring/verify.js';

export default class Verify extends LabCommand {
  static override summary = 'Prove that nothing was lost and nothing was counted twice';
  static override description =
    'Waits until the pipeline has come to rest, then judges every raw record again, independently of the job, and compares counts and money, to the cent, with the aggregate topic, the dead-letter queue and ClickHouse. ' +
    'Exit code 0 if the books balance, 1 if anything differs, 4 if the pipeline does not come to rest in time.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --wait 5m',
    '<%= config.bin %> <%= command.id %> --json',
  ];
  static override flags = {
    wait: Flags.string({
      summary: 'How long to wait for the pipeline to come to rest',
      helpValue: 'D',
      default: '60s',
    }),
  };

  async run(): Promise<LedgerResult> {
    const { flags, config } = await this.setUp(Verify);
    const waitMs = parseDurationMs(flags.wait);
    if (waitMs === undefined) {
      throw new StreamlabError('INVALID_USAGE', `--wait ${flags.wait} is not a duration.`, {
        suggestions: ['Write a number with a unit, such as 30s or 5m.'],
      });
    }
    const result = await runVerify(config, { waitMs, report: this.out.report, signal: this.interrupt });
    this.out.stop();
    if (!this.jsonEnabled()) {
      this.out.data(table(['LEDGER', 'RECORDS', ''], ledgerRows(result), [1]));
      this.out.data(ledgerVerdict(result));
    }
    if (!result.ok) process.exitCode = ExitCode.checkFailed;
    return result;
  }
}
