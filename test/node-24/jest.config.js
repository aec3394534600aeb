import base, { projectsOf } from '../../jest.config.js';
import { modulesOf, projectOf, SUITES } from '../support/projects.mjs';

const REDIS = 'test/stores/redis.spec.ts';

/** They open SQLite, which is compiled for the Node.js of the project itself. */
const SQLITE = new Set(['test/stores/sqlite.spec.ts', 'test/guards/used-by-start.spec.ts']);

/** The sample keeps all that it has in SQLite. */
const isConcerned = (suite) =>
  suite === REDIS ||
  (['package', 'unit'].includes(projectOf(suite)) &&
    !modulesOf(suite).has('nestjs-tempid') &&
    !SQLITE.has(suite));

/** What needs no server, and one store on its server: here one Node.js can differ from another. */
/** @type {import('jest').Config} */
export default { ...base, projects: projectsOf(SUITES.filter(isConcerned)) };
