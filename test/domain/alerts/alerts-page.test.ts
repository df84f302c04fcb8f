import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { messageNames } from '../../../src/domain/alerts/message.js';
import { ruleKinds, ruleSchemas } from '../../../src/domain/alerts/rule.js';

const page = readFileSync('docs/alerts.md', 'utf8');

describe('docs/alerts.md', () => {
  it.each(ruleKinds)('explains %s, each of its keys and the names of its message', (kind) => {
    const rows = page.split('\n').filter((line) => line.startsWith('|') && line.includes(`\`${kind}\``));
    expect(rows).not.toEqual([]);
    for (const key of Object.keys(ruleSchemas[kind].shape)) expect(page).toContain(`\`${key}`);
    for (const name of messageNames(kind, [])) expect(page).toContain(`\`{${name}}\``);
  });

  it('links to headings that are there', () => {
    const anchors = [...page.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor]) => anchor);
    const headings = [...page.matchAll(/^#+ (.+)$/gm)].map(([, text = '']) =>
      text.toLowerCase().replaceAll(' ', '-'),
    );
    expect(anchors.filter((anchor) => anchor === undefined || !headings.includes(anchor))).toEqual([]);
  });

  it('shows the table for the settings that a rule has by default', () => {
    const { windows, sensitivity, min_change, detector } = ruleSchemas.revenue_anomaly.parse({
      name: 'any',
      kind: 'revenue_anomaly',
    });
    expect(page).toContain(`\n| ${detector} | ${windows} | ${sensitivity} | ${min_change * 100}% | 1m | `);
    expect(page).toContain(`**${detector}, ${windows} windows, sensitivity ${sensitivity}** is the default`);
  });
});
