import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkExample, run } from './project.mjs';

/** What Nest loads only where it is installed: the list that applications of Nest give esbuild. */
const EXTERNAL = [
  '@nestjs/microservices',
  '@nestjs/microservices/*',
  '@nestjs/websockets/socket-module',
  '@nestjs/websockets/socket-module.js',
  'class-transformer',
  'class-transformer/storage',
  'class-validator',
];

/** Nest's own configuration of webpack, with every package in the bundle. */
const WEBPACK = 'module.exports = (options) => ({ ...options, externals: [] });\n';

/** Puts a built application and all its packages into one file, and runs that where no package is. */
export async function checkEsbuild(app, format) {
  await run(app, 'npm', ['install', '--no-save', 'esbuild']);
  const outfile = format === 'esm' ? 'bundle.mjs' : 'bundle.cjs';
  const banner =
    "import { createRequire as r } from 'node:module'; const require = r(import.meta.url);";
  await run(app, 'npx', [
    'esbuild',
    'dist/main.js',
    '--bundle',
    '--platform=node',
    `--format=${format}`,
    ...EXTERNAL.map((name) => `--external:${name}`),
    ...(format === 'esm' ? [`--banner:js=${banner}`] : []),
    `--outfile=alone/${outfile}`,
  ]);
  await checkAlone(app, join(app, 'alone', outfile));
}

export async function checkWebpack(app) {
  await writeFile(join(app, 'webpack.config.js'), WEBPACK);
  await run(app, 'npm', ['install', '--no-save', 'webpack', 'ts-loader', 'webpack-node-externals']);
  const printed = await run(app, 'npx', ['nest', 'build', '--webpack']);
  if (/nestjs-tempid.*(warning|error)|(warning|error).*nestjs-tempid/is.test(printed)) {
    throw new Error(`webpack says of nestjs-tempid:\n${printed}`);
  }
  await checkAlone(app, join(app, 'dist/main.js'));
}

/** In a folder outside the project there is nothing but the bundle and `.env`. */
async function checkAlone(app, bundle) {
  const folder = join(app, '..', 'alone');
  await mkdir(folder, { recursive: true });
  await cp(join(app, '.env'), join(folder, '.env'));
  const program = bundle.endsWith('.mjs') ? 'main.mjs' : 'main.cjs';
  await cp(bundle, join(folder, program));
  await checkExample(folder, { program });
}
