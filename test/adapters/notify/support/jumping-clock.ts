/** A clock on which whoever waits has waited. */
export class JumpingClock {
  constructor(private time = Date.UTC(2026, 10, 29, 12)) {}

  readonly now = (): number => this.time;

  readonly sleep = (ms: number): Promise<void> => {
    const until = this.time + ms;
    return new Promise((resolve) => {
      setImmediate(() => {
        this.time = Math.max(this.time, until);
        resolve();
      });
    });
  };
}
