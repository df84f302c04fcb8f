import { expect, test } from 'vitest';
import { openInBrowser } from '../../../src/adapters/browser/browser.js';

test
  .skipIf(process.platform !== 'linux')
  .each([{}, { DISPLAY: '' }, { WAYLAND_DISPLAY: '', SSH_TTY: '/dev/pts/0' }])(
  'without a screen nothing is opened: %j',
  async (env) => {
    expect(await openInBrowser('http://127.0.0.1:3000', env)).toBe(false);
  },
);
