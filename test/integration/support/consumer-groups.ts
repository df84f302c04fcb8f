import { execa } from 'execa';
import { javaAndJars } from './secure-kafka.js';

/** A partition as Kafka's own tool describes it. */
export interface DescribedPartition {
  group: string;
  topic: string;
  partition: number;
  committed: number | null;
  end: number;
  lag: number | null;
}

const numberOf = (text: string | undefined): number | null => (text === '-' ? null : Number(text));

/** What `kafka-consumer-groups.sh --describe --all-groups` says. */
export async function describeGroups(broker: string): Promise<DescribedPartition[]> {
  const { java, classPath } = await javaAndJars(['kafka', 'kafka-tools']);
  const { stdout } = await execa(java, [
    ...['-XX:TieredStopAtLevel=1', '-cp', classPath],
    'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand',
    ...['--bootstrap-server', broker, '--describe', '--all-groups'],
  ]);
  return stdout
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((cells) => /^\d+$/.test(cells[2] ?? ''))
    .map(([group = '', topic = '', partition, committed, end, lag]) => ({
      group,
      topic,
      partition: Number(partition),
      committed: numberOf(committed),
      end: Number(end),
      lag: numberOf(lag),
    }));
}
