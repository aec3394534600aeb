import base, { projectsOf } from '../../jest.config.js';
import { projectOf, SUITES } from '../support/projects.mjs';

const STORES = /^test\/stores\/(redis|typeorm)\.spec\.ts$/;
/** Its processes find the better-sqlite3 that the project itself installs. */
const UNFIT = 'test/stores/sqlite.spec.ts';

const isConcerned = (suite) =>
  (['package', 'unit'].includes(projectOf(suite)) || STORES.test(suite)) && suite !== UNFIT;

/** What can differ from one Node.js to the next: all that needs no server, and a suite of each store. */
/** @type {import('jest').Config} */
export default {
  ...base,
  projects: projectsOf(SUITES.filter(isConcerned), {
    '^better-sqlite3$': '<rootDir>/test/node-24/node_modules/better-sqlite3',
  }),
};
