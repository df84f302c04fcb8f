import { test } from 'vitest';
import { pipelineView } from '../../src/domain/pipeline/view.js';
import { frame } from '../../src/tui/frame.js';
import { firstScreen, type Tab } from '../../src/tui/screen.js';
import { plain } from '../../src/tui/text.js';
import { looks, start, stateAfter } from './support/observations.js';
test('show', () => {
  const view = pipelineView(stateAfter(looks(90)), start + 90_500);
  for (const [width, height] of [
    [80, 24],
    [120, 40],
    [200, 50],
    [60, 15],
  ] as const)
    for (const tab of process.env.TABS?.split(',') ?? ['overview']) {
      const screen = { ...firstScreen(), tab: tab as Tab };
      const t = performance.now();
      const f = frame({ view, trouble: null, logs: [], screen }, { width, height });
      console.log(
        `${width}x${height} ${tab} ${(performance.now() - t).toFixed(1)}ms\n` +
          f.lines.map((l) => plain(l) + '|').join('\n'),
      );
    }
});
