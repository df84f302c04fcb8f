/**
 * Java of the local runtime. Kafka 4 runs on 17 and later (its documentation names 17, 21 and, from 4.2 on, 25);
 * Flink 2.2 on 11, 17 and 21, and its build knows 25.
 */
export const supportedJava = { oldest: 17, newest: 21 } as const;

export type JavaFit = 'too-old' | 'supported' | 'untested';

export function javaFit(major: number): JavaFit {
  if (major < supportedJava.oldest) return 'too-old';
  return major <= supportedJava.newest ? 'supported' : 'untested';
}

/** The feature release of a `java.version`: 8 of `1.8.0_402`, 17 of `17.0.15`, 26 of `26-ea`. */
export function javaMajor(version: string): number | undefined {
  const match = /^(?:1\.)?(\d+)/.exec(version);
  return match?.[1] === undefined ? undefined : Number(match[1]);
}

interface FitRule {
  /** Version of the Kafka connector for Flink. */
  connector: RegExp;
  flink: RegExp;
  kafka: RegExp;
  needs: string;
}

/** Which Flink and Kafka a connector works with. Its version ends with the Flink line it is built for. */
const fitRules: readonly FitRule[] = [
  {
    connector: /^5\.0\.\d+-2\.2$/,
    flink: /^2\.2\.\d+$/,
    // Its Kafka client (4.x) talks to brokers from 2.1 on (KIP-896).
    kafka: /^(?:2\.[1-9]|[34]\.\d+)\.\d+$/,
    needs: 'Flink 2.2.x and Kafka 2.1 to 4.x',
  },
];

export interface StackVersions {
  kafka: string;
  flink: string;
  kafkaConnector: string;
}

/** What does not fit together, as the end of a sentence; undefined if all fits. */
export function misfit({ kafka, flink, kafkaConnector }: StackVersions): string | undefined {
  const rule = fitRules.find(({ connector }) => connector.test(kafkaConnector));
  if (rule === undefined) return `nothing is known of the Kafka connector ${kafkaConnector}`;
  if (rule.flink.test(flink) && rule.kafka.test(kafka)) return undefined;
  return `the Kafka connector ${kafkaConnector} needs ${rule.needs}, not Flink ${flink} and Kafka ${kafka}`;
}

/** Whether a Node version such as `v20.20.2` is at least the one of an `engines` range such as `>=20.19.4`. */
export function nodeSatisfies(version: string, range: string): boolean {
  const have = numbersOf(version);
  const need = numbersOf(range);
  for (const [index, minimum] of need.entries()) {
    const part = have[index] ?? 0;
    if (part !== minimum) return part > minimum;
  }
  return true;
}

function numbersOf(version: string): number[] {
  return (/\d+(?:\.\d+)*/.exec(version)?.[0] ?? '0').split('.').map(Number);
}
