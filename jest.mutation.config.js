import base, { common } from './jest.config.js';

const { testTimeout, workerIdleMemoryLimit } = base;

// For scripts/mutation.mjs, which names the tests, runs them again and again, and starts no server.
/** @type {import('jest').Config} */
export default {
  ...common,
  testTimeout,
  workerIdleMemoryLimit,
  watchman: false,
  runner: '<rootDir>/scripts/mutation/first-failure-runner.mjs',
};
