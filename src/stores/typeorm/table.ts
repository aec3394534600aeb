import type { DataSource } from 'typeorm';
import { TempIDUse } from './tempid-use.entity.js';

const NAME = 'tempid_uses';
const INDEX = 'tempid_uses_expires_at';

/** The name of the table, with the schema and the prefix that the connection gives it. */
export function tablePathOf(dataSource: DataSource): string {
  if (dataSource.hasMetadata(TempIDUse)) return dataSource.getMetadata(TempIDUse).tablePath;
  const { entityPrefix = '', schema } = dataSource.options as {
    entityPrefix?: string;
    schema?: string;
  };
  return [...(schema ? [schema] : []), entityPrefix + NAME].join('.');
}

/** As {@link tablePathOf}, quoted as the database quotes. */
export function tableOf(dataSource: DataSource): string {
  const names = tablePathOf(dataSource).split('.');
  return names.map((name) => dataSource.driver.escape(name)).join('.');
}

/** The statements that make the table. MySQL would compare ids without regard to case unless told otherwise. */
export function createTable(dataSource: DataSource): [table: string, index: string] {
  const table = tableOf(dataSource);
  const isMysql = ['mysql', 'mariadb'].includes(dataSource.options.type);
  const suffix = isMysql ? ' DEFAULT CHARACTER SET ascii COLLATE ascii_bin' : '';
  return [
    `CREATE TABLE ${table} (token_id varchar(64) NOT NULL PRIMARY KEY, count integer NOT NULL, expires_at bigint NOT NULL)${suffix}`,
    `CREATE INDEX ${INDEX} ON ${table} (expires_at)`,
  ];
}
