import type { DataSource, QueryRunner, Table } from 'typeorm';
import { findInPostgres } from './databases/pg-facts.js';
import { isIndexed, WIDE_INTEGERS } from './differences.js';
import {
  columnSql,
  createTable,
  homeOf,
  isMysql,
  isSqlite,
  lookupPathOf,
  tableNameOf,
  tableOf,
} from './table.js';
import type { ColumnDefinition, TableDefinition } from './tables.js';

/**
 * What a migration does to make a table. One that is there already keeps what is in it, and gets the index and
 * columns that hold what ours hold.
 */
export async function create(queryRunner: QueryRunner, definition: TableDefinition): Promise<void> {
  const dataSource = dataSourceOf(queryRunner);
  const place = await placeOf(queryRunner, definition);
  const [table, index] = createTable(dataSource, definition, place);
  const present = await queryRunner.getTable(lookupPathOf(dataSource, definition, place));
  const statements = present
    ? widenings(dataSource, present, definition, tableOf(dataSource, definition, place))
    : [table];
  for (const sql of statements) await queryRunner.query(sql);
  if (!present || !isIndexed(present)) await queryRunner.query(index);
}

/** Takes the table away, whoever made it. */
export async function drop(queryRunner: QueryRunner, definition: TableDefinition): Promise<void> {
  const place = await placeOf(queryRunner, definition);
  await queryRunner.query(`DROP TABLE ${tableOf(dataSourceOf(queryRunner), definition, place)}`);
}

/** Where the store finds the table: a second one beside it would count the same tokens from the start. */
async function placeOf(
  queryRunner: QueryRunner,
  definition: TableDefinition,
): Promise<string | undefined> {
  const dataSource = dataSourceOf(queryRunner);
  const home = homeOf(dataSource);
  if (dataSource.options.type !== 'postgres') return home;
  return findInPostgres(queryRunner, tableNameOf(dataSource, definition), home);
}

/** Python's times have 32 bits, which end in 2038. SQLite's integers have 64, whatever they are called. */
function widenings(
  dataSource: DataSource,
  present: Table,
  definition: TableDefinition,
  table: string,
): string[] {
  if (isSqlite(dataSource)) return [];
  const isNarrow = ({ name, type }: ColumnDefinition) => {
    const column = type === 'bigint' && present.findColumnByName(name);
    return column && !WIDE_INTEGERS.has(column.type);
  };
  return definition.columns
    .filter(isNarrow)
    .map((column) =>
      isMysql(dataSource)
        ? `ALTER TABLE ${table} MODIFY ${columnSql(column)}`
        : `ALTER TABLE ${table} ALTER COLUMN ${column.name} TYPE ${column.type}`,
    );
}

/** TypeORM 1 calls `dataSource` what TypeORM 0.3 calls `connection`. */
function dataSourceOf(queryRunner: QueryRunner): DataSource {
  const { dataSource, connection } = queryRunner as { dataSource?: DataSource } & QueryRunner;
  return dataSource ?? connection;
}
