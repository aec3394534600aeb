import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What marks a suite of each project: a module that it imports, itself or by way of other files of the tests. */
const MARKS = {
  browser: ['playwright-core'],
  servers: ['scripts/services/index.mjs'],
  // The sample is compiled against the build, and so is what a child process runs. The schematic runs as it is built.
  package: [
    'nestjs-tempid',
    'node:child_process',
    '@angular-devkit/schematics',
    '@angular-devkit/core',
  ],
};

/** The first of them that has its mark in a suite is the suite's; `unit` has the rest. */
export const PROJECTS = [...Object.keys(MARKS), 'unit'];

/** All of them, by their paths from the root of the repository. */
export const SUITES = readdirSync(join(ROOT, 'test'), { recursive: true })
  .map((file) => `test/${file.replaceAll('\\', '/')}`)
  .filter((file) => file.endsWith('.spec.ts') && !file.includes('/node_modules/'));

export function projectOf(suite) {
  const modules = modulesOf(suite);
  const isMarked = ([, marks]) => marks.some((mark) => modules.has(mark));
  return Object.entries(MARKS).find(isMarked)?.[0] ?? 'unit';
}

/** All that a file of the tests or the sample imports: packages by name, files by path, and what those import. */
export function modulesOf(file, found = new Set()) {
  for (const specifier of importsOf(file)) {
    const module = specifier.startsWith('.') ? pathOf(file, specifier) : packageOf(specifier);
    if (found.has(module)) continue;
    found.add(module);
    if (/^(test|sample)\//.test(module)) modulesOf(module, found);
  }
  return found;
}

const IMPORT = /^(?:import|export|\}).*?\bfrom '(.+)';$|^import '(.+)';$|\bimport\('(.+)'\)/gm;

/** A file is read once, though many suites import it. */
const read = new Map();

function importsOf(file) {
  if (!read.has(file)) {
    const matches = readFileSync(join(ROOT, file), 'utf8').matchAll(IMPORT);
    read.set(
      file,
      [...matches].map((match) => match.slice(1).find(Boolean)),
    );
  }
  return read.get(file);
}

function pathOf(file, specifier) {
  const path = posix.join(posix.dirname(file), specifier);
  return existsSync(join(ROOT, path)) ? path : path.replace(/\.js$/, '.ts');
}

const packageOf = (specifier) => /^(?:@[^/]+\/)?[^/]+/.exec(specifier)[0];
