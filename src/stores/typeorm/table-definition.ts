import { getMetadataArgsStorage } from 'typeorm';

export type TableKey = 'uses' | 'revocations' | 'usedBy' | 'issued';

/** A table of ours, as its entity declares it. */
export interface TableDefinition {
  readonly key: TableKey;
  readonly entity: new () => object;
  readonly name: string;
  readonly columns: readonly ColumnDefinition[];
  /** The columns of its primary key, in order. */
  readonly primaryKey: readonly string[];
  /** One of them begins with `expires_at`, by which a table is purged. */
  readonly indexes: readonly IndexDefinition[];
  /** Name of the class that makes it. */
  readonly migration: string;
}

/** The type is written with its length, as in SQL. */
export interface ColumnDefinition {
  readonly name: string;
  readonly type: string;
  /** Of a text: in characters. */
  readonly length: number;
  readonly isPrimary: boolean;
  readonly isNullable: boolean;
  /** Whether it holds text of people, in any script, and not an id or a hash. */
  readonly isText: boolean;
}

export interface IndexDefinition {
  readonly name: string;
  readonly columns: readonly string[];
}

/** @param texts names of the columns that hold text of people */
export function definitionOf(
  key: TableKey,
  entity: TableDefinition['entity'],
  migration: string,
  texts: readonly string[] = [],
): TableDefinition {
  const storage = getMetadataArgsStorage();
  const isIts = ({ target }: { target: unknown }) => target === entity;
  const columnName = (property: string) => names.get(property) ?? property;
  const declared = storage.columns.filter(isIts);
  const names = new Map(declared.map(({ propertyName, options }) => [propertyName, options.name]));
  const columns = declared.map(
    ({ propertyName, options: { type, length, primary, nullable } }) => ({
      name: columnName(propertyName),
      type: `${String(type)}${length ? `(${length})` : ''}`,
      length: Number(length ?? 0),
      isPrimary: primary === true,
      isNullable: nullable === true,
      isText: texts.includes(columnName(propertyName)),
    }),
  );
  const indexes = storage.indices.filter(isIts).map(({ name = '', columns: properties }) => ({
    name,
    columns: Array.isArray(properties) ? properties.map(columnName) : [],
  }));
  const primaryKey = columns.filter(({ isPrimary }) => isPrimary).map(({ name }) => name);
  const name = storage.tables.find(isIts)?.name ?? '';
  return { key, entity, name, columns, primaryKey, indexes, migration };
}
