import type { SourceFile } from 'typescript';
import { ts } from './typescript';

/** A name that a file imports. */
export interface ImportedName {
  /** The name in this file. */
  readonly local: string;
  /** The name where it comes from: `default` without braces, `*` for all of a module. */
  readonly name: string;
  /** The module that it comes from, as it is written. */
  readonly from: string;
  /** Of a type only: nothing of it is there at run time. */
  readonly isType: boolean;
}

export const importedNames = (source: SourceFile): readonly ImportedName[] =>
  source.statements.filter(ts.isImportDeclaration).flatMap(({ importClause, moduleSpecifier }) => {
    if (!importClause || !ts.isStringLiteral(moduleSpecifier)) return [];
    const { name, namedBindings } = importClause;
    const from = moduleSpecifier.text;
    const isType = importClause.isTypeOnly;
    const names: ImportedName[] = [];
    if (name) names.push({ local: name.text, name: 'default', from, isType });
    if (!namedBindings) return names;
    if (ts.isNamespaceImport(namedBindings)) {
      return [...names, { local: namedBindings.name.text, name: '*', from, isType }];
    }
    for (const element of namedBindings.elements) {
      names.push({
        local: element.name.text,
        name: (element.propertyName ?? element.name).text,
        from,
        isType: isType || element.isTypeOnly,
      });
    }
    return names;
  });
