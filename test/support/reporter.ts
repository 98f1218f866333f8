// Vitest's own report, then the groups that were skipped and why, then one line with the counts.
import { DefaultReporter, type TestModule } from 'vitest/node';

export default class Reporter extends DefaultReporter {
  override onTestRunEnd(...args: Parameters<DefaultReporter['onTestRunEnd']>): void {
    super.onTestRunEnd(...args);
    const modules: readonly TestModule[] = args[0];
    const counts = { passed: 0, failed: 0 };
    const skipped: string[] = [];
    for (const module of modules) {
      if (module.state() === 'failed' && module.children.size === 0) counts.failed++;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'passed') counts.passed++;
        else if (state === 'failed') counts.failed++;
        else skipped.push(test.name);
      }
    }
    counts.failed += args[1].length; // errors outside of any test
    for (const name of skipped) console.log(`not run: ${name}`);
    console.log(`${counts.passed} passed, ${counts.failed} failed`);
  }
}
