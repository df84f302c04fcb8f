import { sourceTitles } from '../health.js';
import type { SourceName } from '../samples.js';
import { lengthOf, type Facts, type Finding } from './finding.js';

/** What the pipeline lacks while a service is stopped. */
const without: Readonly<Record<string, string>> = {
  kafka: 'nothing can be written or read',
  'flink-jobmanager': 'the job cannot run, nor be seen',
  'flink-taskmanager': 'the job has nowhere to run',
  'flink-sql-gateway': 'no job can be submitted; one that runs is not touched',
  clickhouse: 'results wait in Kafka',
};
const effectOfSilence: Readonly<Record<SourceName, string>> = {
  flink: 'The job cannot be seen; what is shown of it is what it was then.',
  kafka: 'Source and sinks of the job, and ClickHouse, wait for it.',
  clickhouse: 'Results wait in Kafka.',
  letters: 'The newest dead letters are not shown.',
  services: 'Which services run is not known.',
};
const serviceOf: Partial<Record<SourceName, string>> = {
  flink: 'flink-jobmanager',
  kafka: 'kafka',
  letters: 'kafka',
  clickhouse: 'clickhouse',
};

/** Services that were stopped, and systems that do not answer though they run. */
export function serviceFindings({ services, sources }: Facts): Finding[] {
  const stopped = services.filter(({ state }) => state === 'stopped' || state === 'failed');
  const stoppedNames = new Set(stopped.map(({ name }) => name));
  const kafkaIsSilent = sources.some(({ source, answering }) => source === 'kafka' && !answering);
  const silent = sources.filter(
    ({ source, silentMs }) =>
      silentMs !== null &&
      !stoppedNames.has(serviceOf[source] ?? '') &&
      !(source === 'letters' && kafkaIsSilent),
  );
  return [
    ...stopped.map(({ name, state }): Finding => ({
      severity: name in without && name !== 'flink-sql-gateway' ? 'bad' : 'warning',
      code: 'service_stopped',
      sentence: `${name} is ${state}${name in without ? `: ${without[name] ?? ''}` : ''}. Start it again with: streamlab up`,
    })),
    ...silent.map(({ source, ageMs, silentMs, failure }): Finding => ({
      severity: source === 'letters' || source === 'services' ? 'warning' : 'bad',
      code: 'source_silent',
      sentence: `${sourceTitles[source]} has not answered for ${lengthOf(ageMs ?? silentMs ?? 0)}: ${sentenceOf(failure)} ${effectOfSilence[source]}`,
    })),
  ];
}

function sentenceOf(failure: string | null): string {
  const text = failure ?? 'nobody knows why';
  return text.endsWith('.') ? text : `${text}.`;
}
