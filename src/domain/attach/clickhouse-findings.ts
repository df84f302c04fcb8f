import type { Config } from '../config.js';
import type { ClickHouseFacts } from './facts.js';
import type { Finding } from './findings.js';

export function clickhouseFindings(config: Config, facts: ClickHouseFacts): Finding[] {
  const finding = (part: Omit<Finding, 'system' | 'level'>): Finding => ({
    system: 'clickhouse',
    level: 'fail',
    ...part,
  });
  const findings: Finding[] = [];
  if (!facts.hasKafkaEngine) {
    findings.push(
      finding({
        kind: 'unfit',
        what: `ClickHouse ${facts.version} was built without the Kafka engine.`,
        setting: 'clickhouseUrl',
        todo: 'Attach to a ClickHouse with the Kafka engine; the official builds have it.',
      }),
    );
  }
  if (facts.missingGrants.length > 0) {
    const grants = facts.missingGrants.join(', ');
    findings.push(
      finding({
        kind: 'forbidden',
        what: `ClickHouse user ${facts.user} lacks grants: ${grants}.`,
        setting: 'clickhouseUser, clickhouseDatabase',
        todo: `Let an administrator run: ${facts.missingGrants.map((grant) => `GRANT ${grant} TO ${facts.user};`).join(' ')}`,
      }),
    );
  }
  if (facts.hasCollection === false) {
    const name = config.clickhouseKafkaCollection ?? '';
    findings.push(
      finding({
        kind: 'unfit',
        what: `ClickHouse has no named collection ${name}, or user ${facts.user} may not use it.`,
        setting: 'clickhouseKafkaCollection',
        todo: `Let an administrator create it, or run: GRANT NAMED COLLECTION ON ${name} TO ${facts.user}; docs/attach.md shows both.`,
      }),
    );
  }
  return findings;
}
