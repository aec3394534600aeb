import base, { projectsOf } from '../../jest.config.js';
import { modulesOf, projectOf, SUITES } from '../support/projects.mjs';

const REDIS = 'test/stores/redis.spec.ts';

/** better-sqlite3 is compiled for the Node.js of the project itself, and the sample keeps all that it has there. */
const SQLITE = ['test/stores/sqlite.spec.ts', 'test/guards/used-by-start.spec.ts'];

const isConcerned = (suite) =>
  suite === REDIS ||
  (['package', 'unit'].includes(projectOf(suite)) &&
    !modulesOf(suite).has('nestjs-tempid') &&
    !SQLITE.includes(suite));

/** What needs no server, and one store on its server: here one Node.js can differ from another. */
/** @type {import('jest').Config} */
export default { ...base, projects: projectsOf(SUITES.filter(isConcerned)) };
