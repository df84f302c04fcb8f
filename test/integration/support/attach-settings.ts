import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** One file with the settings, as a user would have; the variable that names it. */
export function settingsFile(folder: string, settings: Record<string, string>): Record<string, string> {
  const file = join(folder, `${settings.clickhouseDatabase ?? 'plain'}.yaml`);
  const lines = Object.entries({ runtime: 'attach', ...settings });
  writeFileSync(file, lines.map(([name, value]) => `${name}: ${JSON.stringify(value)}\n`).join(''));
  // The file's runtime must win over the one that a test's home is set to.
  return { STREAMLAB_CONFIG: file, STREAMLAB_RUNTIME: '' };
}

/** A file for each secret, with a line break at its end as editors leave it; the variables that name them. */
export function filesOfSecrets(folder: string, secrets: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(secrets).map(([name, value]) => {
      const file = join(folder, name);
      writeFileSync(file, `${value}\n`);
      return [`STREAMLAB_${name}_FILE`, file];
    }),
  );
}

/** Of the `--json` of `verify`, what the test looks at. */
export interface Ledger {
  ok: boolean;
  raw: { records: number; malformed: number; invalid: number; duplicates: number; uniqueEvents: number };
  aggregated: { onTime: number; late: number; replayed: number };
  dlq: { outstanding: number };
  clickhouse: { events: number };
  mismatches: unknown[];
}
