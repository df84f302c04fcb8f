import type { Check } from '../doctor.js';
import { attachSystems, type AttachSystem, type Finding } from './findings.js';
import { isFailure } from './preflight.js';

const fine: Readonly<Record<AttachSystem, string>> = {
  kafka: 'Kafka answers, and this user may do there what a lab needs.',
  flink: 'Flink answers and has room for the job.',
  'sql-gateway': 'The SQL Gateway answers and has the Kafka connector.',
  clickhouse: 'ClickHouse answers, and this user may create what a lab needs.',
};

/** The preflight as checks of `doctor`: one for each finding, and one for each system without a failure. */
export function preflightChecks(findings: readonly Finding[]): Check[] {
  return attachSystems.flatMap((system): Check[] => {
    const own = findings.filter((finding) => finding.system === system);
    const checks = own.map(({ level, what, setting, todo }): Check => ({
      name: system,
      status: level,
      message: `${what} (${setting})`,
      suggestion: todo,
    }));
    return own.some(isFailure)
      ? checks
      : [{ name: system, status: 'ok', message: fine[system], suggestion: null }, ...checks];
  });
}
