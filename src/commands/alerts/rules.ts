import { rulesFlag } from '../../alert-flags.js';
import { LabCommand } from '../../command.js';
import {
  routeLines,
  ruleColumns,
  ruleRow,
  rulesJson,
  type RulesJson,
} from '../../domain/alerts/rules-view.js';
import { table } from '../../output.js';
import { loadAlertFile } from '../../wiring/alert-rules.js';

export default class AlertsRules extends LabCommand {
  static override summary = 'Check a file of alert rules and list what is in it';
  static override description =
    'Shows what each rule watches for, whether it is enabled, and where its alerts are sent. A mistake is named with its line, rule and key, and the exit code is 2. No lab is needed.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --rules ./alert-rules.yaml',
    '<%= config.bin %> <%= command.id %> --json',
  ];
  static override flags = { ...rulesFlag };

  async run(): Promise<RulesJson> {
    const { flags, config } = await this.setUp(AlertsRules);
    const found = await loadAlertFile(config, flags.rules);
    if (!this.jsonEnabled()) {
      const { rules, routes } = found;
      this.out.data(rules.length === 0 ? 'There is no rule.' : table(ruleColumns, rules.map(ruleRow)));
      this.out.data(`\n${routeLines(routes).join('\n')}`);
    }
    return rulesJson(found);
  }
}
