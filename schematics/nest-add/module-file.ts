import { SchematicsException, type Tree } from '@angular-devkit/schematics';
import type {
  ArrayLiteralExpression,
  ClassDeclaration,
  ObjectLiteralElementLike,
  ObjectLiteralExpression,
  SourceFile,
} from 'typescript';
import { namesIn, type WantedName } from './names';
import type { RootModule } from './root-module';
import { lineEndOf } from './text';
import { ts } from './typescript';

/** What is added to the file of a module, in the order in which it is written. */
export interface ModuleAddition {
  /** What the file imports: names by the module that they come from. */
  readonly names: Readonly<Record<string, readonly string[]>>;
  /** Elements of the lists of `@Module`. */
  readonly imports: readonly string[];
  readonly controllers: readonly string[];
}

/** One change of a text: so many characters from here on give way to others. */
interface Edit {
  readonly from: number;
  readonly length?: number;
  readonly text: string;
}

/** As Prettier counts, unless it is told otherwise. */
const MAX_WIDTH = 80;

/**
 * Adds to the file of a module, and leaves all else in it as it is. What is there already is not added again.
 *
 * @throws SchematicsException where the file has no such module, or a list that is written in another way
 */
export function addToModule(tree: Tree, module: RootModule, addition: ModuleAddition): void {
  const file = new ModuleFile(tree.readText(module.path), module);
  const names = namesIn(file.source, addition.names);
  const locals = new Map(names.map(({ name, local }) => [name, local]));
  const inFile = (item: string) => item.replaceAll(/\w+/g, (word) => locals.get(word) ?? word);
  const imports = addition.imports.map(inFile);
  const controllers = addition.controllers.map(inFile);
  const edits = [...file.importing(names), ...file.listing({ imports, controllers })];
  const recorder = tree.beginUpdate(module.path);
  for (const { from, length = 0, text } of edits) {
    recorder.remove(from, length).insertLeft(from, file.withLineEnds(text));
  }
  tree.commitUpdate(recorder);
}

class ModuleFile {
  readonly source: SourceFile;

  constructor(
    private readonly text: string,
    private readonly module: RootModule,
  ) {
    this.source = ts.createSourceFile(module.path, text, ts.ScriptTarget.Latest, true);
  }

  importing(names: readonly WantedName[]): readonly Edit[] {
    const missing = names.filter(({ isThere }) => !isThere);
    const lines = [...new Set(missing.map(({ from }) => from))].map((module) => {
      const some = missing.filter(({ from }) => from === module);
      return `\n${importLine(some, module)}`;
    });
    // A file with `@Module` imports it.
    const end = this.source.statements.findLast(ts.isImportDeclaration)?.getEnd() ?? 0;
    return [{ from: this.behindComment(end), text: lines.join('') }];
  }

  listing(lists: Pick<ModuleAddition, 'imports' | 'controllers'>): readonly Edit[] {
    const metadata = this.metadata();
    const missing: string[] = [];
    const edits = Object.entries(lists).flatMap(([name, items]) => {
      if (items.length === 0) return [];
      const list = this.listOf(metadata, name);
      if (list) return this.addToList(list, items);
      const indent = `${this.indentOf(metadata.getStart())}  `;
      missing.push(`${name}: ${listText(items, indent, `${indent}${name}: `.length)}`);
      return [];
    });
    return missing.length > 0 ? [...edits, this.newProperties(metadata, missing)] : edits;
  }

  /** The line ends of the file. */
  withLineEnds(text: string): string {
    return text.replaceAll('\n', lineEndOf(this.text));
  }

  /** What stands between the brackets of `@Module()`. */
  private metadata(): ObjectLiteralExpression {
    const { path, className } = this.module;
    const modules = this.source.statements
      .filter(ts.isClassDeclaration)
      .filter((declaration) => className === undefined || isNamed(declaration, className))
      .flatMap(metadataOf);
    const metadata = modules.at(-1);
    if (metadata) return metadata;
    const missing = className === 'default' ? 'default class' : `class ${className ?? ''}`.trim();
    throw new SchematicsException(
      `${path} has no ${missing} with @Module({ … }). ` +
        `Name the file of the root module: nest add nestjs-tempid --module <file>`,
    );
  }

  private listOf(
    metadata: ObjectLiteralExpression,
    name: string,
  ): ArrayLiteralExpression | undefined {
    // The last one wins, and one that is not written out may be it.
    const property = metadata.properties.findLast(
      (candidate) =>
        isUnknown(candidate) || candidate.name?.getText().replaceAll(/['"]/g, '') === name,
    );
    if (!property) return undefined;
    if (isUnknown(property)) {
      throw new SchematicsException(
        `Nothing can be added to '${name}' of the module in ${this.module.path}, since ` +
          `'${(property.name ?? property).getText()}' may set it, too. Write a list at the end of @Module({ … }), ` +
          `${name}: [...others], and run nest add again.`,
      );
    }
    if (ts.isPropertyAssignment(property) && ts.isArrayLiteralExpression(property.initializer)) {
      return property.initializer;
    }
    throw new SchematicsException(
      `Nothing can be added to '${name}' of the module in ${this.module.path}, since it is no list in brackets. ` +
        `Write it as one, ${name}: [...others], and run nest add again.`,
    );
  }

  private addToList(list: ArrayLiteralExpression, items: readonly string[]): readonly Edit[] {
    const there = list.elements.map((element) => element.getText());
    const added = items.filter((item) => !there.includes(item));
    const start = list.getStart();
    const indent = this.indentOf(start);
    const column = start - this.startOfLine(start);
    if (added.length === 0) return [];
    const text = this.text.slice(start + 1, list.getEnd() - 1).trim();
    if (text.replace(/,$/, '') === there.join(', ') && !text.includes('\n')) {
      const whole = listText([...there, ...added], indent, column);
      return [{ from: start, length: list.getWidth(), text: whole }];
    }
    return this.addLines(list, added, indent);
  }

  /** Lines at the end of a list, below the comment of its last line. */
  private addLines(
    list: ArrayLiteralExpression,
    items: readonly string[],
    indentOfList: string,
  ): readonly Edit[] {
    const last = list.elements.at(-1);
    const needsComma = last !== undefined && !list.elements.hasTrailingComma;
    const end = last ? (needsComma ? last.getEnd() : list.elements.end) : list.getStart() + 1;
    const indent = (last && this.indentOfFirst(last.getStart())) ?? `${indentOfList}  `;
    const lines = items.map((item) => `\n${indent}${indented(item, indent)}`).join(',');
    const added = { from: this.behindComment(end), text: needsComma ? lines : `${lines},` };
    return needsComma ? [{ from: end, text: ',' }, added] : [added];
  }

  private newProperties(metadata: ObjectLiteralExpression, properties: readonly string[]): Edit {
    const indent = this.indentOf(metadata.getStart());
    const lines = properties.map((property) => `\n${indent}  ${property},`).join('');
    const isEmpty = metadata.properties.length === 0;
    return { from: metadata.getStart() + 1, text: isEmpty ? `${lines}\n${indent}` : lines };
  }

  /** Where the comment ends that stands behind a position in its line. */
  private behindComment(position: number): number {
    return ts.getTrailingCommentRanges(this.text, position)?.at(-1)?.end ?? position;
  }

  /** The white space before what comes first in its line. */
  private indentOfFirst(position: number): string | undefined {
    const indent = this.indentOf(position);
    return this.startOfLine(position) + indent.length === position ? indent : undefined;
  }

  /** The white space at the begin of a line. */
  private indentOf(position: number): string {
    return /^[ \t]*/.exec(this.text.slice(this.startOfLine(position)))?.[0] ?? '';
  }

  private startOfLine(position: number): number {
    return this.text.lastIndexOf('\n', position - 1) + 1;
  }
}

/** Whether a class has this name; `default`: whether its file exports it so. */
function isNamed(declaration: ClassDeclaration, name: string): boolean {
  if (name !== 'default') return declaration.name?.text === name;
  const isDefault = declaration.modifiers?.some(
    ({ kind }) => kind === ts.SyntaxKind.DefaultKeyword,
  );
  const exported = declaration.getSourceFile().statements.filter(ts.isExportAssignment);
  return (
    isDefault || exported.some(({ expression }) => expression.getText() === declaration.name?.text)
  );
}

/** What may be any property: `...others`, `[name]: …`. */
const isUnknown = (property: ObjectLiteralElementLike) =>
  ts.isSpreadAssignment(property) || ts.isComputedPropertyName(property.name);

function metadataOf(declaration: ClassDeclaration): readonly ObjectLiteralExpression[] {
  return (ts.getDecorators(declaration) ?? []).flatMap(({ expression }) => {
    if (!ts.isCallExpression(expression) || expression.expression.getText() !== 'Module') return [];
    const [argument] = expression.arguments;
    return argument && ts.isObjectLiteralExpression(argument) ? [argument] : [];
  });
}

/** A list on one line where that is short enough, otherwise with a line for each item. */
function listText(items: readonly string[], indent: string, column: number): string {
  const line = `[${items.join(', ')}]`;
  if (!line.includes('\n') && column + line.length < MAX_WIDTH) return line;
  const lines = items.map((item) => `\n${indent}  ${indented(item, `${indent}  `)},`);
  return `[${lines.join('')}\n${indent}]`;
}

const indented = (text: string, indent: string) => text.replaceAll('\n', `\n${indent}`);

function importLine(wanted: readonly WantedName[], from: string): string {
  const names = wanted.map(({ name, local }) => (name === local ? name : `${name} as ${local}`));
  const line = `import { ${names.join(', ')} } from '${from}';`;
  if (names.length === 1 || line.length <= MAX_WIDTH) return line;
  return `import {\n${names.map((name) => `  ${name},\n`).join('')}} from '${from}';`;
}
