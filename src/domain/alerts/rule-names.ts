import { StreamlabError } from '../../errors.js';
import { nearest } from '../nearest.js';
import { quoted } from '../traffic/notation.js';
import type { AlertFile } from './rule-file.js';
import type { AlertRule } from './rule.js';

/** Alerts that the Flink job writes itself are of rules that begin so. */
const ofTheJob = 'flink-';

/**
 * The rule of that name, enabled or not.
 * @throws StreamlabError INVALID_USAGE
 */
export function namedRule(file: AlertFile, name: string): AlertRule {
  const rule = file.rules.find((each) => each.name === name);
  if (rule !== undefined) return rule;
  throw noSuchRule(
    file,
    `--rule ${quoted(name)}`,
    nearest(
      name,
      file.rules.map((each) => each.name),
    ),
  );
}

/**
 * Refuses to silence what is no rule: a slip of the finger would silence nothing.
 * @throws StreamlabError INVALID_USAGE
 */
export function refuseUnknownRule(file: AlertFile, name: string): void {
  const replaced = file.rules.flatMap((rule) => ('replaces' in rule ? rule.replaces : []));
  const known = [...file.rules.map((rule) => rule.name), ...replaced];
  if (name === '*' || name.startsWith(ofTheJob) || known.includes(name)) return;
  throw noSuchRule(file, quoted(name), nearest(name, known), [
    'Alerts of a rule that somebody else writes to the topic: say it again with --force.',
  ]);
}

function noSuchRule(
  { file, rules }: AlertFile,
  given: string,
  meant: string | undefined,
  more: readonly string[] = [],
): StreamlabError {
  return new StreamlabError('INVALID_USAGE', `${given}: there is no such rule in ${file}.`, {
    suggestions: [
      ...(meant === undefined ? [] : [`Did you mean ${meant}?`]),
      rules.length === 0
        ? 'That file has no rule at all.'
        : `Rules: ${rules.map(({ name }) => name).join(', ')}.`,
      ...more,
    ],
  });
}
