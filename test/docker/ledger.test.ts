import { inject } from 'vitest';
import { ledgerSettings, proveLedger } from '../integration/support/ledger-suite.js';
import { DockerHome } from './support/lab-home.js';

// Without what the pipeline does not need: two cores have enough to do.
const home = new DockerHome(inject('dockerHost'), {
  ...ledgerSettings,
  STREAMLAB_WITHOUT: 'grafana,kafka-ui',
});

// The pipeline is that of the local runtime, where it is proved on more.
proveLedger({
  home,
  recordsPerRound: 30_000,
  killTaskManager: () => home.kill('flink-taskmanager'),
});
