// What users install: each entry as an ES module and as CommonJS, of the one build that tsc makes in build/.
import { readFileSync } from 'node:fs';
import { dts } from 'rollup-plugin-dts';

/** The entries of package.json, and where their code begins. */
const ENTRIES = {
  index: 'index',
  config: 'config/index',
  typeorm: 'stores/typeorm/index',
  redis: 'stores/redis/index',
  mongodb: 'stores/mongodb/index',
  jwt: 'jwt/index',
  testing: 'testing/index',
};

const inputOf = (extension) =>
  Object.fromEntries(
    Object.entries(ENTRIES).map(([name, path]) => [name, `build/${path}${extension}`]),
  );

/** Packages are the user's own. */
const external = (id) => !/^[./]/.test(id);

const outputOf = (format, extension) => ({
  dir: 'dist',
  format,
  entryFileNames: `[name]${extension}`,
  chunkFileNames: ({ name }) => `shared/${name.replace(/\.d$/, '')}${extension}`,
  minifyInternalExports: false,
  sourcemap: true,
});

/** So that maps lead to src/ and not to build/. */
const mapsOfTsc = {
  name: 'maps-of-tsc',
  load: (id) => ({
    code: readFileSync(id, 'utf8'),
    map: JSON.parse(readFileSync(`${id}.map`, 'utf8')),
  }),
};

/** The two are no mistakes: `this` in what tsc writes for decorators, and types that only the package names. */
function onLog(level, log, handle) {
  const isExpected =
    log.code === 'THIS_IS_UNDEFINED' || /private shared type exports/.test(log.message);
  if (!isExpected) handle(level === 'warn' ? 'error' : level, log);
}

/** @type {import('rollup').RollupOptions[]} */
export default [
  {
    input: inputOf('.js'),
    external,
    output: [
      { ...outputOf('es', '.js'), sourcemapExcludeSources: true },
      {
        ...outputOf('cjs', '.cjs'),
        sourcemapExcludeSources: true,
        interop: 'auto',
        // Jest mocks getters only of what says that it was an ES module.
        esModule: true,
        // Jest, without its option for ES modules, refuses `import()`.
        dynamicImportInCjs: false,
      },
    ],
    plugins: [mapsOfTsc],
    onLog,
  },
  ...['.ts', '.cts'].map((extension) => ({
    input: inputOf('.d.ts'),
    external,
    output: outputOf('es', `.d${extension}`),
    plugins: [dts({ sourcemap: true, tsconfig: 'tsconfig.build.json' })],
    onLog,
  })),
];
