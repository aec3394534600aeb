import type { DataSource, QueryRunner, Table } from 'typeorm';
import { isIndexed, WIDE_INTEGERS } from './differences.js';
import {
  columnSql,
  createTable,
  homeOf,
  isMysql,
  isSqlite,
  tableOf,
  tablePathOf,
} from './table.js';
import type { ColumnDefinition, TableDefinition } from './tables.js';

/**
 * What a migration does to make a table. One that is there already keeps what is in it, and gets the index and
 * columns that hold what ours hold.
 */
export async function create(queryRunner: QueryRunner, definition: TableDefinition): Promise<void> {
  const dataSource = dataSourceOf(queryRunner);
  const [table, index] = createTable(dataSource, definition);
  const present = await queryRunner.getTable(tablePathOf(dataSource, definition));
  if (!present) await queryRunner.query(table);
  else for (const sql of widenings(dataSource, present, definition)) await queryRunner.query(sql);
  if (!present || !isIndexed(present)) await queryRunner.query(index);
}

/** Takes the table away, whoever made it. */
export async function drop(queryRunner: QueryRunner, definition: TableDefinition): Promise<void> {
  const dataSource = dataSourceOf(queryRunner);
  await queryRunner.query(`DROP TABLE ${tableOf(dataSource, definition, homeOf(dataSource))}`);
}

/** Python's times have 32 bits, which end in 2038. SQLite's integers have 64, whatever they are called. */
function widenings(dataSource: DataSource, present: Table, definition: TableDefinition): string[] {
  if (isSqlite(dataSource)) return [];
  const table = tableOf(dataSource, definition, homeOf(dataSource));
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
