import { posix } from 'node:path';
import { SchematicsException, type Tree } from '@angular-devkit/schematics';
import type { Node } from 'typescript';
import { importedNames } from './imports';
import type { NestAddOptions } from './options';
import { parseLoosely } from './sources';
import { isMethodCall, nodesOf } from './syntax';
import { ts } from './typescript';

/** Where the root module stands. */
export interface RootModule {
  readonly path: string;
  /** `default`: what the file exports by default. undefined: the last module of the file. */
  readonly className?: string | undefined;
}

/**
 * The module of `--module`; by default what main.ts starts, `NestFactory.create(AppModule)`, otherwise app.module.ts.
 *
 * @throws SchematicsException where there is none
 */
export function findRootModule(tree: Tree, { module, sourceRoot }: NestAddOptions): RootModule {
  if (module !== undefined) return { path: pathOfOption(tree, module, sourceRoot) };
  const started = startedBy(tree, posix.join(sourceRoot, 'main.ts'));
  if (started) return started;
  const path = posix.join(sourceRoot, 'app.module.ts');
  if (tree.exists(path)) return { path };
  throw new SchematicsException(
    `The root module was not found: ${sourceRoot}/main.ts starts none whose file could be read, and there is no ` +
      `${path}. Name its file: nest add nestjs-tempid --module ${sourceRoot}/….module.ts`,
  );
}

function pathOfOption(tree: Tree, module: string, sourceRoot: string): string {
  const paths = [module, posix.join(sourceRoot, module)].flatMap((path) => [path, `${path}.ts`]);
  const path = paths.find((candidate) => tree.exists(candidate));
  if (path !== undefined) return path;
  throw new SchematicsException(`There is no file ${module}, which --module names.`);
}

function startedBy(tree: Tree, main: string): RootModule | undefined {
  if (!tree.exists(main)) return undefined;
  const source = parseLoosely(tree, main);
  const starts = nodesOf(source).flatMap(startOf);
  const started = (starts.find(({ serves }) => serves) ?? starts[0])?.className;
  if (started === undefined) return undefined;
  const imported = importedNames(source).find(({ local }) => local === started);
  if (!imported) return { path: main, className: started };
  const path = fileOf(tree, main, imported.from);
  return path === undefined ? undefined : { path, className: imported.name };
}

/** The class that `NestFactory.create(AppModule)` names, or another method, and whether that answers requests. */
function startOf(node: Node): readonly { className: string; serves: boolean }[] {
  if (!isMethodCall(node, /^create/)) return [];
  const { expression: object, name: method } = node.expression;
  const [argument] = node.arguments;
  if (object.getText() !== 'NestFactory' || !argument || !ts.isIdentifier(argument)) return [];
  return [{ className: argument.text, serves: method.text !== 'createApplicationContext' }];
}

function fileOf(tree: Tree, importer: string, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined;
  const path = posix.join(posix.dirname(importer), specifier).replace(/\.[jt]s$/, '');
  return [`${path}.ts`, `${path}/index.ts`].find((candidate) => tree.exists(candidate));
}
