import JestRunner from 'jest-runner';

/** Runs one file after the other, and none after one that failed: a change is noticed by then. */
export default class FirstFailureRunner extends JestRunner {
  async runTests(tests, watcher, options) {
    let hasFailed = false;
    this.on('test-file-success', ([, { numFailingTests }]) => {
      hasFailed ||= numFailingTests > 0;
    });
    for (const test of tests) {
      if (hasFailed) return;
      await super.runTests([test], watcher, { ...options, serial: true });
    }
  }
}
