import type { Route } from '../notify/routes.js';
import { printable } from '../printable.js';
import type { Severity } from './record.js';
import type { AlertFile } from './rule-file.js';
import type { AlertRule, RuleKind } from './rule.js';
import { routeText, watches } from './rule-words.js';

/** What `alerts rules --json` prints. */
export interface RulesJson {
  file: string;
  rules: {
    name: string;
    kind: RuleKind;
    severity: Severity;
    enabled: boolean;
    watches: string;
    labels: Readonly<Record<string, string>>;
    /** Alerts that others write, and that are not told while this rule is enabled. */
    replaces: readonly string[];
  }[];
  routes: readonly Route[];
}

export function rulesJson({ file, rules, routes }: AlertFile): RulesJson {
  return {
    file,
    rules: rules.map((rule) => ({
      ...{ name: rule.name, kind: rule.kind, severity: rule.severity, enabled: rule.enabled },
      ...{ watches: watches(rule), labels: rule.labels, replaces: replacedOf(rule) },
    })),
    routes,
  };
}

export const ruleColumns = ['NAME', 'KIND', 'SEVERITY', 'WATCHES FOR', 'ENABLED', 'REPLACES'];

export function ruleRow(rule: AlertRule): string[] {
  const isOn = rule.enabled ? 'yes' : 'no';
  return [
    ...[rule.name, rule.kind, rule.severity, printable(watches(rule)), isOn],
    printable(replacedOf(rule).join(', ')),
  ];
}

/** Where alerts go, one line each. */
export function routeLines(routes: readonly Route[]): string[] {
  if (routes.length === 0) return ['No routes: every alert goes to every channel that is set up.'];
  return routes.map((route, index) => `Route ${index + 1}: ${printable(routeText(route))}`);
}

function replacedOf(rule: AlertRule): readonly string[] {
  return 'replaces' in rule ? rule.replaces : [];
}
