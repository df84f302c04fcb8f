/**
 * Opens an address in the person's browser.
 * @returns false where there is no screen to show it on, or nothing that opens addresses
 */
export async function openInBrowser(
  url: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<boolean> {
  const hasScreen = [env.DISPLAY, env.WAYLAND_DISPLAY, env.WSL_DISTRO_NAME].some(
    (value = '') => value !== '',
  );
  if (process.platform === 'linux' && !hasScreen) return false;
  const { default: open } = await import('open');
  try {
    const program = await open(url);
    // What the program does later is its own affair, and must not end ours.
    program.on('error', () => undefined);
    return true;
  } catch {
    return false;
  }
}
