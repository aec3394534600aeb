import type { DataSource, Table } from 'typeorm';
import { isSqlite } from './table-names.js';
import type { ColumnDefinition, TableDefinition } from './table-definition.js';

export const WIDE_INTEGERS: ReadonlySet<string> = new Set(['bigint', 'int8']);
const INTEGERS = new Set(['int', 'integer', 'int4', ...WIDE_INTEGERS]);
const TEXTS = new Set(['text', 'mediumtext', 'longtext', 'string']);
const LIMITED_TEXTS = new Set(['varchar', 'character varying', 'string']);

/** What differs from ours in a table that is there, and would lose counts or slow purging. */
export function differencesOf(
  dataSource: DataSource,
  table: Table,
  definition: TableDefinition,
): string[] {
  const { columns, primaryKey } = definition;
  const key = primaryKey.join(', ');
  return [
    ...columns.flatMap((wanted) => differenceOf(dataSource, table, wanted) ?? []),
    ...(isUnique(table, primaryKey) ? [] : [`${key} is no primary key, by which the store counts`]),
    ...missingIndexes(table, definition).map(
      ({ name, columns: on }) => `the index ${name} on ${on.join(', ')} is missing`,
    ),
  ];
}

/**
 * The indexes of ours that are missing. Another one that begins with the same columns stands for one of ours; of
 * PostgreSQL TypeORM does not say in which order an index has its columns.
 */
export function missingIndexes({ indices }: Table, { indexes }: TableDefinition) {
  return indexes.filter(
    (ours) =>
      !indices.some(
        ({ name, columnNames }) =>
          name === ours.name ||
          ours.columns.every((column, position) => columnNames[position] === column),
      ),
  );
}

function differenceOf(
  dataSource: DataSource,
  table: Table,
  wanted: ColumnDefinition,
): string | null {
  const { name, type, isPrimary, isNullable } = wanted;
  const column = table.findColumnByName(name);
  if (!column) return `${name} is missing`;
  // SQLite keeps any number and any text, whatever the column is called.
  if (!isSqlite(dataSource) && !holds(column.type, column.length, wanted)) {
    return `${name} is ${column.type}${column.length ? `(${column.length})` : ''}, not ${type}`;
  }
  return column.isNullable && !isNullable && !isPrimary ? `${name} may be NULL` : null;
}

function holds(type: string, length: string, wanted: ColumnDefinition): boolean {
  if (wanted.type === 'bigint') return WIDE_INTEGERS.has(type);
  if (wanted.type === 'integer') return INTEGERS.has(type);
  if (TEXTS.has(type) && !length) return true;
  if (!LIMITED_TEXTS.has(type)) return false;
  return !length || (wanted.length > 0 && Number(length) >= wanted.length);
}

function isUnique({ primaryColumns, uniques, indices }: Table, key: readonly string[]): boolean {
  const keys = [
    primaryColumns.map(({ name }) => name),
    ...uniques.map(({ columnNames }) => columnNames),
    ...indices.filter(({ isUnique: is }) => is).map(({ columnNames }) => columnNames),
  ];
  return keys.some(
    (columnNames) =>
      new Set([...columnNames, ...key]).size === key.length && columnNames.length === key.length,
  );
}
