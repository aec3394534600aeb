import { SchematicsException, type Tree } from '@angular-devkit/schematics';
import { readSources } from './sources';
import { callsForRoot, hasProperty } from './syntax';

/** What of a project decides what is added to it. */
export interface Project {
  /** The major version of Nest. */
  readonly nest: 11 | 12;
  readonly isEsm: boolean;
  readonly isFastify: boolean;
  readonly testRunner: 'jest' | 'vitest' | null;
  /** Whether one of its sources calls `forRoot`, or `forRootAsync`, of this class of a module. Tests are no sources. */
  callsForRoot(from: string, className: string): boolean;
  /** Whether one of its sources sets one of these properties. */
  sets(...properties: readonly string[]): boolean;
}

/** The lists of package.json that may name a package. */
const LISTS = [
  'dependencies',
  'devDependencies',
  'peerDependencies',
  'optionalDependencies',
] as const;

export interface Manifest extends Partial<Record<(typeof LISTS)[number], Record<string, string>>> {
  readonly type?: string;
  readonly version?: string;
}

/** @throws SchematicsException where there is no package.json, or a Nest that does not fit */
export function readProject(tree: Tree, sourceRoot: string): Project {
  const manifest = readManifest(tree);
  const sources = readSources(tree, sourceRoot);
  const has = (name: string) => rangeOf(manifest, name) !== undefined;
  return {
    nest: nestOf(tree, manifest),
    isEsm: manifest.type === 'module',
    isFastify: has('@nestjs/platform-fastify') && !has('@nestjs/platform-express'),
    testRunner: has('vitest') ? 'vitest' : has('jest') ? 'jest' : null,
    callsForRoot: (from, className) =>
      sources.some((source) => callsForRoot(source, from, className)),
    sets: (...properties) => sources.some((source) => hasProperty(source, properties)),
  };
}

export function readManifest(tree: Tree): Manifest {
  if (tree.exists('package.json')) return tree.readJson('package.json') as Manifest;
  throw new SchematicsException(
    'There is no package.json here. Run nest add in the folder of the project.',
  );
}

/** The version that the project asks for of a package; undefined where it names it nowhere. */
export function rangeOf(manifest: Manifest, name: string): string | undefined {
  return LISTS.map((list) => manifest[list]?.[name]).find((range) => range !== undefined);
}

/** What is installed decides: a range such as `latest` or `workspace:*` has no number. */
function nestOf(tree: Tree, manifest: Manifest): 11 | 12 {
  const installed = 'node_modules/@nestjs/core/package.json';
  const version = tree.exists(installed)
    ? (tree.readJson(installed) as Manifest).version
    : rangeOf(manifest, '@nestjs/core');
  const major = Number(/\d+/.exec(version ?? '')?.[0]);
  if (major === 11 || major === 12) return major;
  throw new SchematicsException(
    `nestjs-tempid is for Nest 11 and 12; this project has @nestjs/core ${version ?? 'nowhere'}.`,
  );
}
