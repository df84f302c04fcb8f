import { Flags } from '@oclif/core';
import { LabCommand, pipelineFlags } from '../command.js';
import { shownConnections } from '../domain/attach/secrets.js';
import { runtimeNames } from '../domain/config.js';
import { planLines } from '../domain/plan.js';
import { endpointLines } from '../screens.js';
import { runUp, runUpPlan } from '../wiring/lab.js';

export default class Up extends LabCommand {
  static override summary = 'Start the lab: Kafka, Flink, ClickHouse, topics, tables and the job';
  static override description =
    'Returns when everything answers, the job is RUNNING and its first checkpoint is done. Starts only what is missing; a lab that runs is left as it is.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --watermark-delay 10s --allowed-lateness 2m',
    '<%= config.bin %> <%= command.id %> --offline --kafka-port 19092',
    '<%= config.bin %> <%= command.id %> --runtime docker --without grafana,kafka-ui --dry-run',
  ];
  static override flags = {
    ...pipelineFlags,
    runtime: Flags.string({
      summary: `Where the services come from: auto (default), ${runtimeNames.join(', ')}`,
      helpValue: 'NAME',
    }),
    without: Flags.string({
      summary: 'Services of the docker runtime to leave out: grafana, kafka-ui',
      helpValue: 'NAME,…',
    }),
    'dry-run': Flags.boolean({ summary: 'Show what would be done to the services, and why', default: false }),
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
    'grafana-port': Flags.string({
      summary: 'Grafana port, docker runtime (default 3000)',
      helpGroup: 'PORTS',
      helpValue: 'PORT',
    }),
    'kafka-ui-port': Flags.string({
      summary: 'Kafka UI port, docker runtime (default 8080)',
      helpGroup: 'PORTS',
      helpValue: 'PORT',
    }),
    'console-port': Flags.string({
      summary: 'Port of the console (default 4000)',
      helpGroup: 'PORTS',
      helpValue: 'PORT',
    }),
  };

  async run(): Promise<unknown> {
    const { flags, config } = await this.setUp(Up);
    const call = {
      offline: flags.offline,
      givenFlags: Object.keys(flags),
      report: this.out.report,
      signal: this.interrupt,
    };
    if (flags['dry-run']) {
      const planned = await runUpPlan(config, call);
      if (!this.jsonEnabled()) {
        this.out.message(`Runtime: ${planned.runtime}, because ${planned.because}.`);
        planned.notices.forEach((notice) => {
          this.out.warn(notice);
        });
        this.out.data(planLines(planned.steps).join('\n'));
      }
      return { lab: config.lab, ...planned };
    }
    const result = await runUp(config, call);
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
      endpoints: shownConnections(connections),
      notices: result.notices,
    };
  }
}
