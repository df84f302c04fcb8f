import type { Config } from '../domain/config.js';
import { pageOf, type PageName } from '../domain/pages.js';
import { openLab } from './lab.js';

/**
 * The address of a page, opened in the person's browser when there is one to see it.
 * @param browse false to only find the address
 */
export async function runOpen(
  config: Config,
  { page, browse }: { page: PageName; browse: boolean },
): Promise<{ page: PageName; url: string; opened: boolean }> {
  const { connections } = await openLab(config);
  const url = pageOf(page, connections);
  if (!browse) return { page, url, opened: false };
  const { openInBrowser } = await import('../adapters/browser/browser.js');
  return { page, url, opened: await openInBrowser(url) };
}
