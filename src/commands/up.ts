import { Flags } from '@oclif/core';
import { LabCommand, pipelineFlags } from '../command.js';
import { runtimeNames } from '../domain/config.js';
import { endpointLines } from '../screens.js';
import { runUp } from '../wiring/lab.js';

export default class Up extends LabCommand {
  static override summary = 'Start the lab: Kafka, Flink, ClickHouse, topics, tables and the job';
  static override description =
    'Returns when everything answers, the job is RUNNING and its first checkpoint is done. Starts only what is missing; a lab that runs is left as it is.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --watermark-delay 10s --allowed-lateness 2m',
    '<%= config.bin %> <%= command.id %> --offline --kafka-port 19092',
  ];
  static override flags = {
    ...pipelineFlags,
    runtime: Flags.string({
      summary: `Where the services come from: auto (default), ${runtimeNames.join(', ')}`,
      helpValue: 'NAME',
    }),
    offline: Flags.boolean({
      summary: 'Download nothing; fail if something is missing in the cache',
      default: false,
    }),
    'kafka-port': Flags.string({
      summary: 'Kafka port (default 9092, moved when taken)',
      helpGroup: 'PORTS',
      helpValue: 'PORT',
    }),
    'flink-port': Flags.string({
      summary: 'Flink REST and web port (default 8081)',
      helpGroup: 'PORTS',
      helpValue: 'PORT',
    }),
    'sql-gateway-port': Flags.string({
      summary: 'Flink SQL Gateway port (default 8083)',
      helpGroup: 'PORTS',
      helpValue: 'PORT',
    }),
    'clickhouse-port': Flags.string({
      summary: 'ClickHouse HTTP port (default 8123)',
      helpGroup: 'PORTS',
      helpValue: 'PORT',
    }),
  };

  async run(): Promise<unknown> {
    const { flags, config } = await this.setUp(Up);
    const result = await runUp(config, {
      offline: flags.offline,
      givenFlags: Object.keys(flags),
      report: this.out.report,
      signal: this.interrupt,
    });
    this.out.stop();
    result.notices.forEach((notice) => {
      this.out.warn(notice);
    });
    const { runtime, connections, started, job, seconds } = result;
    if (!this.jsonEnabled()) {
      const how =
        started.length === 0 && !job.submitted
          ? 'The lab was already up.'
          : `The lab is up on the ${runtime} runtime after ${seconds.toFixed(1)}s.`;
      this.out.message(how);
      this.out.data(endpointLines(connections).join('\n'));
    }
    return {
      lab: config.lab,
      runtime,
      started,
      job,
      seconds,
      endpoints: connections,
      notices: result.notices,
    };
  }
}
