import { StreamlabError } from '../../errors.js';
import type { Config } from '../config.js';
import type { ConnectFailure } from '../connect-failure.js';
import { clickhouseFindings } from './clickhouse-findings.js';
import type { AttachFacts, Reached } from './facts.js';
import type { AttachSystem, Finding } from './findings.js';
import { flinkFindings, gatewayFindings } from './flink-findings.js';
import { kafkaFindings } from './kafka-findings.js';
import { unreachableFinding } from './unreachable-findings.js';

/** What the facts mean for a lab with this configuration; in the order of the systems, failures first. */
export function preflightFindings(config: Config, facts: AttachFacts): Finding[] {
  const judge = <T>(
    system: AttachSystem,
    reached: Reached<T>,
    judgeFacts: (config: Config, facts: T) => Finding[],
  ): Finding[] =>
    reached.reached ? judgeFacts(config, reached.facts) : [unreachable(system, config, reached.failure)];
  const findings = [
    ...judge('kafka', facts.kafka, kafkaFindings),
    ...judge('flink', facts.flink, flinkFindings),
    ...judge('sql-gateway', facts.gateway, gatewayFindings),
    ...judge('clickhouse', facts.clickhouse, clickhouseFindings),
  ];
  return [...findings.filter(isFailure), ...findings.filter((finding) => !isFailure(finding))];
}

function unreachable(system: AttachSystem, config: Config, failure: ConnectFailure): Finding {
  return unreachableFinding(system, config, failure);
}

export function isFailure({ level }: Finding): boolean {
  return level === 'fail';
}

/** The one error for all that keeps the lab from coming up; undefined when nothing does. */
export function preflightError(findings: readonly Finding[]): StreamlabError | undefined {
  const failures = findings.filter(isFailure);
  const [first] = failures;
  if (first === undefined) return undefined;
  const isForbidden = failures.every(({ kind }) => kind === 'forbidden');
  const isUnfit = failures.every(({ kind }) => kind === 'unfit');
  const code = isForbidden ? 'NOT_PERMITTED' : isUnfit ? 'INVALID_CONFIG' : 'SERVICE_UNREACHABLE';
  const isOne = failures.length === 1;
  const sentence = isOne
    ? `${first.what} (${first.setting})`
    : `${failures.length} things are missing or forbidden; nothing was created.`;
  return new StreamlabError(code, sentence, {
    evidence: isOne ? [] : failures.map(findingLine),
    suggestions: [...new Set(failures.map(({ todo }) => todo))],
  });
}

/** A finding as one line: what, and where. */
export function findingLine({ system, what, setting }: Finding): string {
  return `${system}: ${what} (${setting})`;
}
