import base, { projectsOf } from '../../jest.config.js';
import { modulesOf, SUITES } from '../support/projects.mjs';

const packages = 'test/nest-11/node_modules';

/** What a browser, the pages, the build and a Redis that fails do has nothing to do with the version of Nest. */
const UNCONCERNED = /^test\/(browser|docs|package|sample|stores\/redis-)/;
const CONCERNED = /^(@nestjs\/|typeorm$|rxjs$)/;

const isConcerned = (suite) =>
  !UNCONCERNED.test(suite) && [...modulesOf(suite)].some((module) => CONCERNED.test(module));

/** The same tests, with Nest 11 and TypeORM 0.3 in place of what the project itself installs. */
/** @type {import('jest').Config} */
export default {
  ...base,
  projects: projectsOf(SUITES.filter(isConcerned), {
    '^(@nestjs/[^/]+|typeorm|rxjs|reflect-metadata)((?:/.*)?)$': `<rootDir>/${packages}/$1$2`,
  }),
};
