import type { DataSource } from 'typeorm';
import type { ColumnDefinition, IndexDefinition, TableDefinition } from './table-definition.js';
import { homeOf } from './typeorm-internals.js';

/** The name of a table, with the schema and the prefix that the connection gives it. */
function tablePathOf(dataSource: DataSource, { entity, name }: TableDefinition): string {
  if (dataSource.hasMetadata(entity)) return dataSource.getMetadata(entity).tablePath;
  const { entityPrefix = '', schema } = dataSource.options as {
    entityPrefix?: string;
    schema?: string;
  };
  return [...(schema ? [schema] : []), entityPrefix + name].join('.');
}

/** The name of a table with its prefix, without the schema. */
export function tableNameOf(dataSource: DataSource, definition: TableDefinition): string {
  const path = tablePathOf(dataSource, definition);
  return path.slice(path.lastIndexOf('.') + 1);
}

/**
 * The name of a table for `QueryRunner.getTable`, which looks in the connection's own place for a name without one.
 *
 * @param place the schema or database of a name without one
 */
export function lookupPathOf(
  dataSource: DataSource,
  definition: TableDefinition,
  place?: string,
): string {
  const path = tablePathOf(dataSource, definition);
  const isElsewhere = !path.includes('.') && place !== undefined && place !== homeOf(dataSource);
  return isElsewhere && !isSqlite(dataSource) ? `${place}.${path}` : path;
}

/**
 * The name of a table as it stands in SQL, quoted.
 *
 * @param place the schema or database of a name without one
 */
export function tableOf(
  dataSource: DataSource,
  definition: TableDefinition,
  place?: string,
): string {
  const names = tablePathOf(dataSource, definition).split('.');
  const isAlone = names.length === 1;
  return [...(isAlone && place !== undefined ? [place] : []), ...names]
    .map((name) => dataSource.driver.escape(name))
    .join('.');
}

/** Whether the connection's driver is TypeORM's for MySQL and MariaDB, whichever of them the server is. */
export function isMysql(dataSource: DataSource): boolean {
  return ['mysql', 'mariadb'].includes(dataSource.options.type);
}

export function isSqlite(dataSource: DataSource): boolean {
  return dataSource.options.type === 'better-sqlite3';
}

/**
 * The statements that make a table and its indexes. MySQL would compare ids without regard to case unless told
 * otherwise, and takes texts in any script only where told to.
 */
export function createTable(
  dataSource: DataSource,
  definition: TableDefinition,
  place = homeOf(dataSource),
): [table: string, ...indexes: string[]] {
  const table = tableOf(dataSource, definition, place);
  const { primaryKey, indexes } = definition;
  const isComposite = primaryKey.length > 1;
  const columns = definition.columns.map((column) => {
    const isKey = column.isPrimary && !isComposite;
    return `${columnSql(dataSource, column)}${isKey ? ' PRIMARY KEY' : ''}`;
  });
  if (isComposite) columns.push(`PRIMARY KEY (${primaryKey.join(', ')})`);
  const suffix = isMysql(dataSource) ? ' DEFAULT CHARACTER SET ascii COLLATE ascii_bin' : '';
  return [
    `CREATE TABLE ${table} (${columns.join(', ')})${suffix}`,
    ...indexes.map((index) => createIndex(table, index)),
  ];
}

/** @param table its name in SQL */
export function createIndex(table: string, { name, columns }: IndexDefinition): string {
  return `CREATE INDEX ${name} ON ${table} (${columns.join(', ')})`;
}

export function columnSql(dataSource: DataSource, column: ColumnDefinition): string {
  const { name, type, isNullable, isText } = column;
  const isOfAnyScript = isText && isMysql(dataSource);
  const script = isOfAnyScript ? ' CHARACTER SET utf8mb4 COLLATE utf8mb4_bin' : '';
  return `${name} ${type}${script}${isNullable ? '' : ' NOT NULL'}`;
}
