import type { Runtime } from '../adapters/runtime/runtime.js';
import { withLine, type LogLine } from '../domain/log-lines.js';
import { reasonOf } from '../errors.js';

const linesAtFirst = 40;

/** Lines of the services' logs, kept from when they were first asked for. */
export class LogTail {
  private kept: readonly LogLine[] = [];
  private isFollowing = false;

  /** @param signal ends the following */
  constructor(
    private readonly open: () => Promise<Pick<Runtime, 'serviceNames' | 'logs'>>,
    private readonly signal: AbortSignal,
  ) {}

  /** What keeps a log from being read is a line too. */
  lines(): readonly LogLine[] {
    if (!this.isFollowing) {
      this.isFollowing = true;
      this.follow().catch((error: unknown) => {
        this.add('streamlab', reasonOf(error));
      });
    }
    return this.kept;
  }

  private async follow(): Promise<void> {
    const runtime = await this.open();
    const services = await runtime.serviceNames();
    const options = { follow: true, lines: linesAtFirst, signal: this.signal };
    await Promise.all(
      services.map((service) => {
        const write = (line: string): void => {
          this.add(service, line);
        };
        return runtime.logs({ ...options, service, write }).catch((error: unknown) => {
          write(reasonOf(error));
        });
      }),
    );
  }

  private add(service: string, text: string): void {
    this.kept = withLine(this.kept, service, text);
  }
}
