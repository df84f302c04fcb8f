import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { allOptions, switches } from '../../src/domain/traffic/option-table.js';

const page = readFileSync('docs/traffic.md', 'utf8');
const flags = [...Object.keys(allOptions), ...Object.keys(switches)];

describe('docs/traffic.md', () => {
  it.each(flags)('explains --%s in a table', (flag) => {
    expect(page).toContain(`\n| \`--${flag}\` |`);
  });

  it('explains no flag that produce does not have', () => {
    const explained = [...page.matchAll(/^\| `--([a-z-]+)` \|/gm)].map(([, name]) => name);
    expect(explained.filter((name) => name === undefined || !flags.includes(name))).toEqual([]);
  });

  it('shows every picture that scripts/traffic-pictures.mjs draws, and no other', () => {
    const shown = [...page.matchAll(/\]\(pictures\/([^)]+)\)/g)].map(([, file]) => file ?? '').sort();
    const drawn = readdirSync('docs/pictures').filter((file) => file.startsWith('traffic-'));
    expect(shown).toEqual(drawn.sort());
  });

  it('links to headings that are there', () => {
    const contracts = readFileSync('docs/contracts.md', 'utf8');
    expect(page).toContain('contracts.md#manifest-of-a-run');
    expect(contracts).toContain('\n## Manifest of a run\n');
    expect(contracts).toContain('traffic.md#the-intended-verdict');
    expect(page).toContain('\n## The intended verdict\n');
  });
});
