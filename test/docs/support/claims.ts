import { inspect, isDeepStrictEqual } from 'node:util';
import ts from 'typescript';

/** What the comment behind a statement says that its value is: `await tempid.use(token); // true`. */
export interface Claim {
  readonly file: string;
  readonly line: number;
  readonly text: string;
  readonly expected: unknown;
}

/** The global function to which an example that was compiled gives each such value, with the number of its claim. */
const CLAIM = 'tempidDocsClaim';

/** Lets an example fail whose claim is not so. What it returns has the claims that were asserted. */
export function assertClaims(claims: readonly Claim[]): ReadonlySet<Claim> {
  const asserted = new Set<Claim>();
  const claimed = (number: number, value: unknown) => {
    const claim = claims[number];
    if (!claim) throw new Error(`There is no claim ${number}.`);
    asserted.add(claim);
    if (isDeepStrictEqual(value, claim.expected)) return value;
    throw new Error(`${claim.file} says ${claim.text}, and it is ${inspect(value)}`);
  };
  Object.assign(globalThis, { [CLAIM]: claimed });
  return asserted;
}

/** Lets examples hand over what they claim, and adds the claims that it finds. */
export function handOverClaims(claims: Claim[]): ts.TransformerFactory<ts.SourceFile> {
  return (context) => (source) => {
    const { factory } = context;

    const handOver = (statement: ts.Statement, value: ts.Expression): ts.Expression => {
      const text = commentBehind(statement, source);
      const expected = text === undefined ? undefined : readLiteral(text);
      if (text === undefined || expected === undefined) return value;
      const line = source.getLineAndCharacterOfPosition(statement.getStart(source)).line + 1;
      const number =
        claims.push({ file: source.fileName, line, text, expected: expected.value }) - 1;
      const name = factory.createIdentifier(CLAIM);
      return factory.createCallExpression(name, [], [factory.createNumericLiteral(number), value]);
    };

    const visit = (node: ts.Node): ts.Node => {
      if (ts.isExpressionStatement(node)) {
        const printed = printedBy(node.expression);
        const value = handOver(node, printed ?? node.expression);
        return factory.updateExpressionStatement(node, value);
      }
      if (ts.isVariableStatement(node)) {
        const [declaration, ...others] = node.declarationList.declarations;
        if (!declaration?.initializer || others.length > 0) return node;
        const { name, exclamationToken, type } = declaration;
        const value = handOver(node, declaration.initializer);
        if (value === declaration.initializer) return ts.visitEachChild(node, visit, context);
        const list = factory.updateVariableDeclarationList(node.declarationList, [
          factory.updateVariableDeclaration(declaration, name, exclamationToken, type, value),
        ]);
        return factory.updateVariableStatement(node, node.modifiers, list);
      }
      return ts.visitEachChild(node, visit, context);
    };
    return ts.visitEachChild(source, visit, context);
  };
}

/** Of `console.log(value)` the value, which is what the comment is about. */
function printedBy(expression: ts.Expression): ts.Expression | undefined {
  if (!ts.isCallExpression(expression) || expression.arguments.length !== 1) return undefined;
  return /^console\s*\.log$/.test(expression.expression.getText())
    ? expression.arguments[0]
    : undefined;
}

function commentBehind(statement: ts.Statement, source: ts.SourceFile): string | undefined {
  const [comment] = ts.getTrailingCommentRanges(source.text, statement.end) ?? [];
  if (comment?.kind !== ts.SyntaxKind.SingleLineCommentTrivia) return undefined;
  return source.text.slice(comment.pos + 2, comment.end).trim();
}

/** The value of a comment that is a literal and nothing else; prose is none. */
function readLiteral(text: string): { value: unknown } | undefined {
  const options = { reportDiagnostics: true };
  if ((ts.transpileModule(`(${text})`, options).diagnostics ?? []).length > 0) return undefined;
  const source = ts.createSourceFile('claim.ts', `(${text})`, ts.ScriptTarget.Latest);
  const [statement, ...others] = source.statements;
  if (!statement || others.length > 0 || !ts.isExpressionStatement(statement)) return undefined;
  return valueOf(statement.expression);
}

function valueOf(node: ts.Expression): { value: unknown } | undefined {
  if (ts.isParenthesizedExpression(node)) return valueOf(node.expression);
  if (ts.isStringLiteralLike(node)) return { value: node.text };
  if (ts.isNumericLiteral(node)) return { value: Number(node.text) };
  if (node.kind === ts.SyntaxKind.TrueKeyword) return { value: true };
  if (node.kind === ts.SyntaxKind.FalseKeyword) return { value: false };
  if (node.kind === ts.SyntaxKind.NullKeyword) return { value: null };
  if (ts.isIdentifier(node) && node.text === 'undefined') return { value: undefined };
  if (ts.isArrayLiteralExpression(node)) return valuesOf(node.elements);
  if (ts.isObjectLiteralExpression(node)) return entriesOf(node);
  return undefined;
}

function valuesOf(nodes: readonly ts.Expression[]): { value: unknown[] } | undefined {
  const values = nodes.map(valueOf);
  return values.includes(undefined) ? undefined : { value: values.map((read) => read?.value) };
}

function entriesOf(node: ts.ObjectLiteralExpression): { value: unknown } | undefined {
  const entries: [string, unknown][] = [];
  for (const property of node.properties) {
    if (!ts.isPropertyAssignment(property)) return undefined;
    const { name } = property;
    const read = valueOf(property.initializer);
    if (!read || !(ts.isIdentifier(name) || ts.isStringLiteral(name))) return undefined;
    entries.push([name.text, read.value]);
  }
  return { value: Object.fromEntries(entries) };
}
