import type { Config } from '../config.js';
import type { FlinkFacts, GatewayFacts } from './facts.js';
import type { AttachSystem, Finding } from './findings.js';

/** The SQL of the job needs what came with 2.0 (gateway API v3), and the connector's jar is one for 2.x. */
const neededMajor = 2;

export function flinkFindings(config: Config, facts: FlinkFacts): Finding[] {
  const needed = Math.min(config.parallelism, config.rawPartitions);
  const findings = versionFindings('flink', 'flinkUrl', facts.version);
  if (!facts.isJobRunning && facts.slotsFree < needed) {
    findings.push({
      system: 'flink',
      level: 'fail',
      kind: 'unfit',
      what: `Flink has ${facts.slotsFree} free task slots of ${facts.slotsTotal}, and the job needs ${needed}.`,
      setting: 'parallelism',
      todo:
        facts.taskManagers === 0
          ? 'Start a TaskManager: none is registered.'
          : `Set parallelism to what is free, end another job, or add a TaskManager.`,
    });
  }
  if (config.flinkStateDir === undefined && (facts.checkpointDir ?? facts.savepointDir) === undefined) {
    findings.push({
      system: 'flink',
      level: 'fail',
      kind: 'unfit',
      what: 'Flink has no place for checkpoints and savepoints: a job that is stopped could not go on.',
      setting: 'flinkStateDir',
      todo: 'Let flinkStateDir name a folder that every TaskManager and JobManager can write, such as s3://bucket/streamlab.',
    });
  }
  return findings;
}

export function gatewayFindings(_config: Config, { version, connector }: GatewayFacts): Finding[] {
  const findings = versionFindings('sql-gateway', 'sqlGatewayUrl', version);
  if (connector === undefined) {
    findings.push({
      system: 'sql-gateway',
      level: 'warn',
      kind: 'unfit',
      what: 'The SQL Gateway did not say in time whether it has the Kafka connector.',
      setting: 'sqlGatewayUrl',
      todo: 'If the job is refused, look for flink-sql-connector-kafka on its class path.',
    });
  } else if (!connector.ok) {
    const isMissing = connector.sentence.startsWith('Could not find any factory');
    findings.push({
      system: 'sql-gateway',
      level: 'fail',
      kind: 'unfit',
      what: isMissing
        ? 'The SQL Gateway has no Kafka connector on its class path.'
        : `The SQL Gateway cannot plan a table on Kafka: ${connector.sentence}`,
      setting: 'sqlGatewayUrl',
      todo: isMissing
        ? 'Put flink-sql-connector-kafka (5.0.0-2.2 for Flink 2.2) and flink-json into lib of the gateway and of the cluster, and start them anew.'
        : 'Check the versions of Flink and of its Kafka connector.',
    });
  }
  return findings;
}

function versionFindings(system: AttachSystem, setting: string, version: string): Finding[] {
  const major = Number(version.split('.')[0]);
  if (Number.isNaN(major) || major >= neededMajor) return [];
  return [
    {
      system,
      level: 'fail',
      kind: 'unfit',
      what: `Flink ${version} is too old: streamlab needs ${neededMajor}.x (2.2 is what it is tested with).`,
      setting,
      todo: 'Attach to a Flink cluster of version 2.',
    },
  ];
}
