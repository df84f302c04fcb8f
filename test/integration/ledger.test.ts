import { ledgerSettings, proveLedger } from './support/ledger-suite.js';
import { pidsOf, TestHome } from './support/cli.js';

proveLedger({
  home: new TestHome(ledgerSettings),
  recordsPerRound: 100_000,
  killTaskManager: (status) => {
    process.kill(pidsOf(status)['flink-taskmanager']!, 'SIGKILL');
    return Promise.resolve();
  },
});
