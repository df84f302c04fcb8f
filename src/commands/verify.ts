import { resolve } from 'node:path';
import { Flags } from '@oclif/core';
import { LabCommand } from '../command.js';
import { parseDurationMs } from '../domain/duration.js';
import { ledgerRows, ledgerVerdict } from '../domain/ledger/report.js';
import { manifestSentences, manifestVerdict, verdictTable } from '../domain/manifest/report.js';
import type { ManifestResult } from '../domain/manifest/result.js';
import { ExitCode, StreamlabError } from '../errors.js';
import { table } from '../output.js';
import type { VerifyResult } from '../services/verify.js';
import { runVerify } from '../wiring/verify.js';

export default class Verify extends LabCommand {
  static override summary = 'Prove that nothing was lost and nothing was counted twice';
  static override description =
    'Waits until the pipeline has come to rest, then judges every raw record again, independently of the job, and compares counts and money, to the cent, with the aggregate topic, the dead-letter queue and ClickHouse. ' +
    'With the manifest of a produce run it also checks every single record: that it is on the topic where the broker said, and what became of it compared with what it was meant to be. ' +
    'Exit code 0 if the books balance, 1 if anything differs, 4 if the pipeline does not come to rest in time.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --wait 5m',
    '<%= config.bin %> <%= command.id %> --manifest run.ndjson',
    '<%= config.bin %> <%= command.id %> --json',
  ];
  static override flags = {
    wait: Flags.string({
      summary: 'How long to wait for the pipeline to come to rest',
      helpValue: 'D',
      default: '60s',
    }),
    manifest: Flags.string({
      summary:
        'Check the records of a run one by one, from the file that produce --manifest wrote; may be given several times',
      helpValue: 'FILE',
      multiple: true,
      multipleNonGreedy: true,
    }),
  };

  async run(): Promise<VerifyResult> {
    const { flags, config } = await this.setUp(Verify);
    const waitMs = parseDurationMs(flags.wait);
    if (waitMs === undefined) {
      throw new StreamlabError('INVALID_USAGE', `--wait ${flags.wait} is not a duration.`, {
        suggestions: ['Write a number with a unit, such as 30s or 5m.'],
      });
    }
    const result = await runVerify(config, {
      waitMs,
      manifests: distinct(flags.manifest ?? []),
      report: this.out.report,
      signal: this.interrupt,
    });
    this.out.stop();
    if (!this.jsonEnabled()) {
      this.out.data(table(['LEDGER', 'RECORDS', ''], ledgerRows(result), [1]));
      this.out.data(ledgerVerdict(result));
      if (result.manifest !== undefined) this.showManifest(result.manifest);
    }
    if (!result.ok) process.exitCode = ExitCode.checkFailed;
    return result;
  }

  private showManifest(manifest: ManifestResult): void {
    const { head, rows } = verdictTable(manifest.verdicts.matrix);
    this.out.data(`\n${manifestSentences(manifest)}\n`);
    if (rows.length > 0) this.out.data(table(head, rows, [...head.keys()].slice(1)));
    this.out.data(manifestVerdict(manifest));
  }
}

function distinct(files: readonly string[]): readonly string[] {
  const paths = files.map((file) => resolve(file));
  const twice = files.find((_, n) => paths.indexOf(paths[n] ?? '') !== n);
  if (twice === undefined) return files;
  throw new StreamlabError('INVALID_USAGE', `--manifest ${twice} is given twice.`, {
    suggestions: ['Name every manifest once.'],
  });
}
