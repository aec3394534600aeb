import { type DirEntry, SchematicsException, type Tree } from '@angular-devkit/schematics';

/** What of a project decides what is added to it. */
export interface Project {
  /** The major version of Nest. */
  readonly nest: 11 | 12;
  readonly isEsm: boolean;
  readonly isFastify: boolean;
  readonly testRunner: 'jest' | 'vitest' | null;
  /** Whether one of its sources calls this, such as `ConfigModule.forRoot`. Tests are no sources. */
  calls(expression: RegExp): boolean;
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
  const sources = [...sourcesIn(tree.getDir(sourceRoot))].map((path) => tree.readText(path));
  const has = (name: string) => rangeOf(manifest, name) !== undefined;
  return {
    nest: nestOf(tree, manifest),
    isEsm: manifest.type === 'module',
    isFastify: has('@nestjs/platform-fastify') && !has('@nestjs/platform-express'),
    testRunner: has('vitest') ? 'vitest' : has('jest') ? 'jest' : null,
    calls: (expression) => sources.some((text) => expression.test(text)),
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

function* sourcesIn(folder: DirEntry): Generator<string> {
  for (const file of folder.subfiles) {
    if (/(?<!spec|test|\.d)\.[cm]?ts$/.test(file)) yield `${folder.path}/${file}`;
  }
  for (const name of folder.subdirs) {
    if (name !== 'node_modules' && name !== 'dist') yield* sourcesIn(folder.dir(name));
  }
}
