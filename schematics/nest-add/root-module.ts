import { posix } from 'node:path';
import { SchematicsException, type Tree } from '@angular-devkit/schematics';
import type { CallExpression, Identifier, Node, SourceFile } from 'typescript';
import type { NestAddOptions } from './options';
import { ts } from './typescript';

/** Where the root module stands. */
export interface RootModule {
  readonly path: string;
  /** undefined: the last module of the file. */
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
  const source = ts.createSourceFile(main, tree.readText(main), ts.ScriptTarget.Latest, true);
  const started = find(source, isStart)?.arguments[0] as Identifier | undefined;
  if (!started) return undefined;
  const imported = importOf(source, started.text);
  if (!imported) return { path: main, className: started.text };
  const path = fileOf(tree, main, imported.from);
  return path === undefined ? undefined : { path, className: imported.className };
}

/** `NestFactory.create(AppModule)`, or another of its methods. */
function isStart(node: Node): node is CallExpression {
  return (
    ts.isCallExpression(node) &&
    ts.isPropertyAccessExpression(node.expression) &&
    ts.isIdentifier(node.expression.expression) &&
    node.expression.expression.text === 'NestFactory' &&
    node.arguments[0] !== undefined &&
    ts.isIdentifier(node.arguments[0])
  );
}

function find<Found extends Node>(
  node: Node,
  isFound: (node: Node) => node is Found,
): Found | undefined {
  return isFound(node) ? node : ts.forEachChild(node, (child) => find(child, isFound));
}

/** The name that a class has where it comes from, and that module. */
function importOf(source: SourceFile, name: string) {
  for (const { importClause, moduleSpecifier } of source.statements.filter(
    ts.isImportDeclaration,
  )) {
    const bindings = importClause?.namedBindings;
    if (!bindings || !ts.isNamedImports(bindings)) continue;
    const binding = bindings.elements.find((element) => element.name.text === name);
    if (!binding || !ts.isStringLiteral(moduleSpecifier)) continue;
    return { className: (binding.propertyName ?? binding.name).text, from: moduleSpecifier.text };
  }
  return undefined;
}

function fileOf(tree: Tree, importer: string, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined;
  const path = posix.join(posix.dirname(importer), specifier).replace(/\.[jt]s$/, '');
  return [`${path}.ts`, `${path}/index.ts`].find((candidate) => tree.exists(candidate));
}
