// Changes the code bit by bit, and shows which changes no test notices: npm run test:mutation -- formats keys
// Without names each area is done, one after the other, which takes hours; src/keys/secrets.ts does one file.
import { Stryker } from '@stryker-mutator/core';

/** The tests of an area, of which those run that need no server. */
const TESTS = {
  formats: 'formats',
  keys: 'keys',
  operations: '{operations,token,kinds}',
  guards: '{guards,requests}',
  stores: 'stores',
};

const names = process.argv.slice(2);
for (const name of names.length > 0 ? names : Object.keys(TESTS)) {
  const area = name.startsWith('src/') ? name.split('/')[1] : name;
  if (!Object.hasOwn(TESTS, area)) {
    throw new Error(`There is no area ${area}; there are ${Object.keys(TESTS).join(', ')}.`);
  }
  console.log(`\n${name}`);
  await new Stryker({
    mutate: [area === name ? `src/${area}/**/*.ts` : name],
    testRunner: 'jest',
    testRunnerNodeArgs: ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'],
    coverageAnalysis: 'perTest',
    jest: {
      configFile: 'jest.mutation.config.js',
      config: { testMatch: [`<rootDir>/test/${TESTS[area]}/**/*.spec.ts`] },
    },
    ignorePatterns: ['/docs', '/dist', '/sample/dist', '/test/nest-11/node_modules'],
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
