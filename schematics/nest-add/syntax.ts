import type { CallExpression, Node, PropertyAccessExpression, SourceFile } from 'typescript';
import { importedNames } from './imports';
import { ts } from './typescript';

/** All of a syntax tree, what is outside before what is inside. */
export function nodesOf(root: Node): readonly Node[] {
  const nodes = [root];
  // The list grows while it is read.
  for (const node of nodes) ts.forEachChild(node, (child) => void nodes.push(child));
  return nodes;
}

/** Whether a source calls `forRoot`, or `forRootAsync`, of a class of this module, other than for a test. */
export function callsForRoot(source: SourceFile, from: string, className: string): boolean {
  const names = new Set(
    importedNames(source)
      .filter((imported) => imported.from === from)
      .flatMap(({ local, name }) =>
        name === className ? [local] : name === '*' ? [`${local}.${className}`] : [],
      ),
  );
  return nodesOf(source).some(
    (node) =>
      isMethodCall(node, /^forRoot/) &&
      names.has(node.expression.expression.getText()) &&
      !ts.findAncestor(node, (outer) => isMethodCall(outer, /^createTestingModule$/)),
  );
}

/** Whether an object in a source has one of these properties. */
export const hasProperty = (source: SourceFile, names: readonly string[]) =>
  nodesOf(source).some(
    (node) => ts.isObjectLiteralElementLike(node) && names.includes(node.name?.getText() ?? ''),
  );

/** A call such as `AppModule.forRoot()`, by the name of the method. */
export const isMethodCall = (node: Node, method: RegExp): node is MethodCall =>
  ts.isCallExpression(node) &&
  ts.isPropertyAccessExpression(node.expression) &&
  method.test(node.expression.name.text);

interface MethodCall extends CallExpression {
  readonly expression: PropertyAccessExpression;
}
