import type { DataSource, Table } from 'typeorm';
import { isSqlite } from './table-names.js';
import type { ColumnDefinition, TableDefinition } from './tables.js';

export const WIDE_INTEGERS: ReadonlySet<string> = new Set(['bigint', 'int8']);
const INTEGERS = new Set(['int', 'integer', 'int4', ...WIDE_INTEGERS]);
const TEXTS = new Set(['text', 'mediumtext', 'longtext', 'string']);
const LIMITED_TEXTS = new Set(['varchar', 'character varying', 'string']);

/** What differs from ours in a table that is there, and would lose counts or slow purging. */
export function differencesOf(
  dataSource: DataSource,
  table: Table,
  { columns, index }: TableDefinition,
): string[] {
  const [{ name: key }] = columns;
  return [
    ...columns.flatMap((wanted) => differenceOf(dataSource, table, wanted) ?? []),
    ...(isUnique(table, key) ? [] : [`${key} is no primary key, by which the store counts`]),
    ...(isIndexed(table) ? [] : [`the index ${index} on expires_at is missing`]),
  ];
}

export function isIndexed({ indices }: Table): boolean {
  return indices.some(({ columnNames }) => columnNames[0] === 'expires_at');
}

function differenceOf(
  dataSource: DataSource,
  table: Table,
  { name, type, isPrimary, isNullable }: ColumnDefinition,
): string | null {
  const column = table.findColumnByName(name);
  if (!column) return `${name} is missing`;
  // SQLite keeps any number and any text, whatever the column is called.
  if (!isSqlite(dataSource) && !holds(column.type, column.length, type)) {
    return `${name} is ${column.type}${column.length ? `(${column.length})` : ''}, not ${type}`;
  }
  return column.isNullable && !isNullable && !isPrimary ? `${name} may be NULL` : null;
}

function holds(type: string, length: string, wanted: string): boolean {
  if (wanted === 'bigint') return WIDE_INTEGERS.has(type);
  if (wanted === 'integer') return INTEGERS.has(type);
  if (TEXTS.has(type) && !length) return true;
  return LIMITED_TEXTS.has(type) && (!length || (wanted !== 'text' && Number(length) >= 64));
}

function isUnique({ primaryColumns, uniques, indices }: Table, column: string): boolean {
  const keys = [
    primaryColumns.map(({ name }) => name),
    ...uniques.map(({ columnNames }) => columnNames),
    ...indices.filter(({ isUnique: is }) => is).map(({ columnNames }) => columnNames),
  ];
  return keys.some((columnNames) => columnNames.length === 1 && columnNames[0] === column);
}
