import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { TopJson } from '../../src/domain/pipeline/top-json.js';
import { frame } from '../../src/tui/frame.js';
import { firstScreen, tabs } from '../../src/tui/screen.js';
import { plain } from '../../src/tui/text.js';

/** What `top --json` said of a lab that got 2 000 events a second on a machine that had other work too. */
const path = join(import.meta.dirname, 'fixtures', 'lab-under-load.json');
const { lab, runtime, settings, ...rest } = JSON.parse(readFileSync(path, 'utf8')) as TopJson;
const view = { facts: { lab, runtime, settings }, ...rest };

const sizes = [
  [80, 24],
  [120, 40],
  [200, 50],
] as const;

test.each(sizes)('the frames of a recorded lab at %i×%i', async (width, height) => {
  for (const tab of tabs) {
    const screen = { ...firstScreen(), tab };
    const { lines } = frame({ view, trouble: null, logs: [], screen }, { width, height });
    expect(lines).toHaveLength(height);
    const text = `${lines.map((of) => plain(of).trimEnd()).join('\n')}\n`;
    const name = `${tab}-${String(width)}x${String(height)}.txt`;
    await expect(text).toMatchFileSnapshot(join('frames', name));
  }
});
