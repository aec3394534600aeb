// Changes the code bit by bit, and shows which changes no test notices: npm run test:mutation -- formats keys
// Without names each area is done, one after the other, which takes hours; src/keys/secrets.ts does one file. Let the
// machine do nothing else: a run that is too slow counts as one that has noticed.
import { Stryker } from '@stryker-mutator/core';

/** What is changed, and the tests that ought to notice: those of them that need no server. */
const AREAS = {
  formats: { code: 'src/formats/**/*.ts', tests: ['formats/*'] },
  keys: { code: 'src/keys/**/*.ts', tests: ['keys/*'] },
  operations: { code: 'src/operations/**/*.ts', tests: ['{operations,token,kinds}/**/*'] },
  guards: { code: 'src/guards/**/*.ts', tests: ['{guards,requests}/**/*'] },
  stores: {
    code: 'src/stores/*.ts',
    tests: ['stores/{memory,outage,server-clock,store-outage}', 'operations/failing-store'],
  },
};

const names = process.argv.slice(2);
for (const name of names.length > 0 ? names : Object.keys(AREAS)) {
  const area = name.startsWith('src/') ? name.split('/')[1] : name;
  const known = AREAS[area];
  if (!known) {
    throw new Error(`There is no area ${area}; there are ${Object.keys(AREAS).join(', ')}.`);
  }
  console.log(`\n${name}`);
  await new Stryker({
    mutate: [area === name ? known.code : name],
    testRunner: 'jest',
    testRunnerNodeArgs: ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'],
    coverageAnalysis: 'perTest',
    jest: {
      configFile: 'jest.mutation.config.js',
      config: { testMatch: known.tests.map((tests) => `<rootDir>/test/${tests}.spec.ts`) },
    },
    ignorePatterns: ['/docs/images', '/sample/dist', '/test/nest-11/node_modules'],
    // Modules of finished runs stay in the memory of a runner.
    maxTestRunnerReuse: 50,
    timeoutMS: 20_000,
    incremental: true,
    incrementalFile: `reports/mutation/${area}.json`,
    reporters: ['clear-text', 'progress-append-only', 'html'],
    clearTextReporter: { logTests: false, reportTests: false },
    htmlReporter: { fileName: `reports/mutation/${area}.html` },
    thresholds: { high: 95, low: 90, break: 90 },
  }).runMutationTest();
}
