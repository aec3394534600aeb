import type { DataSource } from 'typeorm';
import type { TableDefinition } from './tables.js';

/** The name of a table, with the schema and the prefix that the connection gives it. */
export function tablePathOf(dataSource: DataSource, { entity, name }: TableDefinition): string {
  if (dataSource.hasMetadata(entity)) return dataSource.getMetadata(entity).tablePath;
  const { entityPrefix = '', schema } = dataSource.options as {
    entityPrefix?: string;
    schema?: string;
  };
  return [...(schema ? [schema] : []), entityPrefix + name].join('.');
}

/** As {@link tablePathOf}, quoted as the database quotes. */
export function tableOf(dataSource: DataSource, definition: TableDefinition): string {
  const names = tablePathOf(dataSource, definition).split('.');
  return names.map((name) => dataSource.driver.escape(name)).join('.');
}

/** The statements that make a table. MySQL would compare ids without regard to case unless told otherwise. */
export function createTable(
  dataSource: DataSource,
  definition: TableDefinition,
): [table: string, index: string] {
  const table = tableOf(dataSource, definition);
  const isMysql = ['mysql', 'mariadb'].includes(dataSource.options.type);
  const suffix = isMysql ? ' DEFAULT CHARACTER SET ascii COLLATE ascii_bin' : '';
  return [
    `CREATE TABLE ${table} (${definition.columns})${suffix}`,
    `CREATE INDEX ${definition.index} ON ${table} (expires_at)`,
  ];
}
