import { LabCommand } from '../command.js';
import { ExitCode } from '../errors.js';
import { table } from '../output.js';
import type { DoctorReport } from '../services/doctor.js';
import { runDoctor } from '../wiring/doctor.js';

const marks = { ok: '✔', warn: '!', fail: '✖' } as const;

export default class Doctor extends LabCommand {
  static override summary = 'Check whether this machine can run a lab, and what to do where it cannot';
  static override description =
    'Looks at Node, Java, Docker, ClickHouse, the downloaded artifacts (every byte of them), disk, memory and ports; with ' +
    'the runtime attach at Kafka, Flink, the SQL Gateway and ClickHouse instead. ' +
    'Exit code 0 if nothing fails (warnings are no failure), 1 if a check fails.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --json',
  ];
  static override flags = {};

  async run(): Promise<DoctorReport> {
    const { config } = await this.setUp(Doctor);
    const report = await runDoctor(config, this.interrupt);
    if (!this.jsonEnabled()) this.out.data(reportTable(report));
    if (!report.ok) process.exitCode = ExitCode.checkFailed;
    return report;
  }
}

function reportTable({ checks }: DoctorReport): string {
  const rows = checks.map(({ status, name, message, suggestion }) => [
    marks[status],
    name,
    suggestion === null ? message : `${message}\n→ ${suggestion}`,
  ]);
  return table(['', 'check', 'result'], rows);
}
