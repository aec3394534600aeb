import base from './jest.config.js';

// For scripts/mutation.mjs, which runs the tests again and again, and starts no server.
const { globalSetup: _setup, globalTeardown: _teardown, ...withoutServers } = base;

/** @type {import('jest').Config} */
export default {
  ...withoutServers,
  watchman: false,
  runner: '<rootDir>/scripts/mutation/first-failure-runner.mjs',
};
