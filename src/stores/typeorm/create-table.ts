import type { DataSource, QueryRunner } from 'typeorm';
import { createTable, tableOf, tablePathOf } from './table.js';
import type { TableDefinition } from './tables.js';

/** What a migration does to make a table; one that is there already gets the index alone. */
export async function create(queryRunner: QueryRunner, definition: TableDefinition): Promise<void> {
  const dataSource = dataSourceOf(queryRunner);
  const [table, index] = createTable(dataSource, definition);
  const present = await queryRunner.getTable(tablePathOf(dataSource, definition));
  if (!present) await queryRunner.query(table);
  const isIndexed = present?.indices.some(({ columnNames }) => columnNames[0] === 'expires_at');
  if (!isIndexed) await queryRunner.query(index);
}

/** Takes the table away, whoever made it. */
export async function drop(queryRunner: QueryRunner, definition: TableDefinition): Promise<void> {
  await queryRunner.query(`DROP TABLE ${tableOf(dataSourceOf(queryRunner), definition)}`);
}

/** TypeORM 1 calls `dataSource` what TypeORM 0.3 calls `connection`. */
function dataSourceOf(queryRunner: QueryRunner): DataSource {
  const { dataSource, connection } = queryRunner as { dataSource?: DataSource } & QueryRunner;
  return dataSource ?? connection;
}
