// Builds applications from the packed package and runs them, as users do: npm run test:consumers, or with names.
// Packages come from npm: half a minute or more for each project.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { checkEsbuild, checkWebpack } from './consumers/bundlers.mjs';
import { checkNestAdd } from './consumers/nest-add.mjs';
import { checkExample, commit, newProject, run } from './consumers/project.mjs';
import { checkTypes } from './consumers/types.mjs';

const exec = promisify(execFile);
/** Most of a consumer's time is npm's, which waits for its registry. */
const AT_ONCE = 2;

const NEST_11 = ['@nestjs/typeorm@11', '@nestjs/config@4'];
const NEST_12 = ['@nestjs/typeorm@12', '@nestjs/config@12'];

const CONSUMERS = {
  /** What the package's own files say of it. */
  async metadata(packed) {
    await exec('npx', ['publint', '--strict', packed]);
    await exec('npx', ['attw', packed]);
  },

  /** CommonJS and Jest, as `nest new` 11 makes it, and bundles of it. */
  async 'nest-11'(packed, folder) {
    const app = await newProject(folder, packed, '@nestjs/cli@11');
    await checkNestAdd(app, 'memory');
    await checkEsbuild(app, 'cjs');
    await checkTypes(app, [['nodenext', 'nodenext']], NEST_11);
    await checkWebpack(app);
  },

  /** ES modules and Vitest, as `nest new` 12 makes it, and then on Fastify. */
  async 'nest-12'(packed, folder) {
    const app = await newProject(folder, packed, '@nestjs/cli@12');
    await checkNestAdd(app, 'memory');
    await checkEsbuild(app, 'esm');
    await checkTypes(
      app,
      [
        ['nodenext', 'nodenext'],
        ['esnext', 'bundler'],
      ],
      NEST_12,
    );
    await useFastify(app);
    await run(app, 'npm', ['run', 'build']);
    await checkExample(app);
  },

  /** The template of the first 11: `"module": "commonjs"`, which knows no `exports`, TypeScript 5.7 and Jest 29. */
  async 'nest-11.0'(packed, folder) {
    const versions = ['@nestjs/cli@11.0.0', '@nestjs/schematics@11.0.0'];
    const app = await newProject(folder, packed, ...versions);
    await run(app, 'npm', [
      'install',
      'typescript@~5.7',
      'jest@29',
      '@types/jest@29',
      'ts-jest@29',
    ]);
    await commit(app, 'versions of its time');
    await checkNestAdd(app, 'memory');
    await checkTypes(app, [['commonjs', 'node10']], NEST_11);
  },

  /** Packages that see only what they name. */
  async pnpm(packed, folder) {
    const app = await newProject(folder, packed, '@nestjs/cli@12', 'pnpm@10');
    await checkNestAdd(app, 'memory');
    await rm(join(app, 'node_modules'), { recursive: true });
    await rm(join(app, 'package-lock.json'));
    const pnpm = join(folder, 'cli/node_modules/.bin/pnpm');
    await run(app, pnpm, ['install', '--no-frozen-lockfile']);
    for (const script of ['test', 'build']) await run(app, pnpm, ['run', script]);
    await checkExample(app);
  },

  /** `nest add` with a store that needs packages. Redis is that of TEST_REDIS_URL. */
  async stores(packed, folder) {
    const app = await newProject(folder, packed, '@nestjs/cli@12');
    for (const store of ['redis', 'typeorm']) {
      await checkNestAdd(app, store, process.env['TEST_REDIS_URL']);
      await run(app, 'git', ['reset', '--hard', '--quiet', 'HEAD~1']);
    }
  },
};

async function useFastify(app) {
  await run(app, 'npm', ['install', '@nestjs/platform-fastify@12']);
  const main = join(app, 'src/main.ts');
  const text = await readFile(main, 'utf8');
  const fastify = text.replace('create(AppModule', 'create(AppModule, new FastifyAdapter()');
  if (fastify === text) throw new Error(`src/main.ts of nest new is another one:\n${text}`);
  await writeFile(main, `import { FastifyAdapter } from '@nestjs/platform-fastify';\n${fastify}`);
}

async function checkAll(waiting, packed) {
  for (let name; (name = waiting.shift());) {
    const begin = performance.now();
    await CONSUMERS[name](packed, await mkdtemp(join(folder, `${name}-`)));
    console.log(`${name}: right (${Math.round((performance.now() - begin) / 1_000)} s)`);
  }
}

const names = process.argv.slice(2);
const unknown = names.find((name) => !CONSUMERS[name]);
if (unknown) {
  throw new Error(
    `There is no consumer ${unknown}; there are ${Object.keys(CONSUMERS).join(', ')}.`,
  );
}
const folder = await mkdtemp(join(tmpdir(), 'consumers-'));
try {
  const { stdout } = await exec('npm', [
    'pack',
    '--json',
    '--ignore-scripts',
    '--pack-destination',
    folder,
  ]);
  const packed = resolve(folder, JSON.parse(stdout)[0].filename);
  const waiting = names.length > 0 ? names : Object.keys(CONSUMERS);
  await Promise.all(Array.from({ length: AT_ONCE }, () => checkAll(waiting, packed)));
} finally {
  await rm(folder, { recursive: true, force: true });
}
