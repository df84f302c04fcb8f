import { StreamlabError } from '../errors.js';

const failures: readonly string[] = ['SERVICE_UNREACHABLE', 'NOT_PERMITTED', 'LAB_NOT_RUNNING'];

/**
 * Something of a lab that is opened when it is first needed, and anew after it could not be reached: the lab may be down
 * and up again, at another port.
 */
export class Reopened<T extends { close(): Promise<void> }> {
  private opened: Promise<T> | undefined;

  /** @param open throws StreamlabError LAB_NOT_RUNNING while there is nothing to open */
  constructor(private readonly open: () => Promise<T>) {}

  async use<R>(work: (it: T) => Promise<R>): Promise<R> {
    const opened = (this.opened ??= this.open());
    try {
      return await work(await opened);
    } catch (error) {
      const isGone = error instanceof StreamlabError && failures.includes(error.code);
      if (isGone && this.opened === opened) await this.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    const opened = this.opened;
    this.opened = undefined;
    await opened?.then((it) => it.close()).catch(() => undefined);
  }
}
