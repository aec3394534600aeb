import type { Declaration, SourceFile, Statement } from 'typescript';
import { importedNames } from './imports';
import { ts } from './typescript';

/** A name that a file shall have from a module. */
export interface WantedName {
  readonly name: string;
  readonly from: string;
  /** What it is called in this file. */
  readonly local: string;
  readonly isThere: boolean;
}

/** What names are called in a file: as it calls them already, otherwise by a name that nothing else in it has. */
export function namesIn(
  source: SourceFile,
  names: Readonly<Record<string, readonly string[]>>,
): readonly WantedName[] {
  const imported = importedNames(source).filter(({ isType }) => !isType);
  const taken = new Set(declaredNames(source));
  return Object.entries(names).flatMap(([from, some]) =>
    some.map((name) => {
      const there = imported.find((each) => each.from === from && each.name === name);
      return {
        name,
        from,
        local: there?.local ?? freeName(name, taken),
        isThere: there !== undefined,
      };
    }),
  );
}

const freeName = (name: string, taken: ReadonlySet<string>): string =>
  taken.has(name) ? freeName(`Nest${name}`, taken) : name;

/** What the statements of a file declare or import, each name in a pattern as well. */
function declaredNames(source: SourceFile): readonly string[] {
  const declared = source.statements
    .flatMap<Declaration>((statement) =>
      ts.isVariableStatement(statement)
        ? statement.declarationList.declarations
        : [statement as Statement & Declaration],
    )
    .flatMap(
      (each) =>
        ts
          .getNameOfDeclaration(each)
          ?.getText()
          .match(/[$\w]+/g) ?? [],
    );
  return [...declared, ...importedNames(source).map(({ local }) => local)];
}
