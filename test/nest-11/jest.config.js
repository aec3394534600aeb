import base from '../../jest.config.js';

const packages = 'test/nest-11/node_modules';

/** The same tests, with Nest 11 and TypeORM 0.3 in place of what the project itself installs. */
/** @type {import('jest').Config} */
export default {
  ...base,
  rootDir: '../..',
  testMatch: [
    'common',
    'stores',
    'guards',
    'requests',
    'links',
    'codes',
    'kinds',
    'jwt',
    'operations',
    'module',
  ].map((folder) => `<rootDir>/test/${folder}/**/*.spec.ts`),
  testPathIgnorePatterns: ['/node_modules/'],
  moduleNameMapper: {
    ...base.moduleNameMapper,
    '^(@nestjs/[^/]+|typeorm|rxjs|reflect-metadata)((?:/.*)?)$': `<rootDir>/${packages}/$1$2`,
  },
};
