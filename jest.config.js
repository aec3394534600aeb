import { projectOf, PROJECTS, SUITES } from './test/support/projects.mjs';

/** @type {import('jest').Config} */
export const common = {
  rootDir: import.meta.dirname,
  roots: ['src', 'test', 'sample'].map((folder) => `<rootDir>/${folder}`),
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    '^@fastify/static$': '<rootDir>/test/support/fastify-static.cjs',
  },
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/sample/dist/'],
  transform: {
    '\\.ts$': [
      '@swc/jest',
      {
        sourceMaps: 'inline',
        module: { type: 'es6' },
        jsc: {
          target: 'es2023',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
        },
      },
    ],
  },
};

/** Only the suites of these projects find servers started. */
const services = {
  globalSetup: '<rootDir>/test/support/global-setup.mjs',
  globalTeardown: '<rootDir>/test/support/global-teardown.mjs',
};

/** A project of Jest for each kind of suite, so that `--selectProjects unit` runs what needs nothing. */
export const projectsOf = (suites, moduleNameMapper = {}) =>
  PROJECTS.map((project) => ({
    ...common,
    moduleNameMapper: { ...common.moduleNameMapper, ...moduleNameMapper },
    displayName: project,
    testMatch: suites
      .filter((suite) => projectOf(suite) === project)
      .map((suite) => `<rootDir>/${suite}`),
    ...(['browser', 'servers'].includes(project) && services),
  })).filter(({ testMatch }) => testMatch.length > 0);

/** @type {import('jest').Config} */
export default {
  rootDir: import.meta.dirname,
  projects: projectsOf(SUITES),
  testSequencer: '<rootDir>/test/support/sequencer.mjs',
  testTimeout: 60_000,
  maxWorkers: '100%',
  // ES modules stay in memory after their suite: one process for all of them comes to the end of its heap, and what a
  // failed test leaves open keeps it alive. A process of its own is replaced, and ended.
  workerIdleMemoryLimit: '1GB',
};
