import type { Reporter, TestCase, TestModule } from 'vitest/node';

/** Prints why tests were skipped and, last of all, `N passed, N failed, N skipped`. */
export default class CountsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const inState = (state: string): TestCase[] => tests.filter((test) => test.result().state === state);
    const brokenModules = modules.filter((module) => module.errors().length > 0).length;
    const skipped = inState('skipped');
    const failed = inState('failed').length + brokenModules + unhandledErrors.length;
    for (const test of skipped) process.stdout.write(`skipped: ${test.fullName} — ${reasonOf(test)}\n`);
    const counts = `${String(inState('passed').length)} passed, ${String(failed)} failed, ${String(skipped.length)} skipped`;
    // After the default reporter's summary, so that this is the last line.
    process.once('exit', () => process.stdout.write(`${counts}\n`));
  }
}

function reasonOf(test: TestCase): string {
  const result = test.result();
  return 'note' in result && result.note !== undefined ? result.note : 'no reason given';
}
