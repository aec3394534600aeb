import type { DataSource, MigrationInterface, QueryRunner } from 'typeorm';
import { createTable, tableOf, tablePathOf } from './table.js';

/**
 * Makes the table `tempid_uses`, on every database that TypeOrmTempIDStore knows. List it in the `migrations`
 * of the connection. A table that is there already, such as the Python package's, gets the index alone.
 */
export class CreateTempIDUses1763769600000 implements MigrationInterface {
  readonly name = 'CreateTempIDUses1763769600000';

  async up(queryRunner: QueryRunner): Promise<void> {
    const dataSource = dataSourceOf(queryRunner);
    const [table, index] = createTable(dataSource);
    const present = await queryRunner.getTable(tablePathOf(dataSource));
    if (!present) await queryRunner.query(table);
    const isIndexed = present?.indices.some(({ columnNames }) => columnNames[0] === 'expires_at');
    if (!isIndexed) await queryRunner.query(index);
  }

  /** Drops the table, whoever made it, and with it every count: tokens that were spent work again until they expire. */
  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE ${tableOf(dataSourceOf(queryRunner))}`);
  }
}

/** TypeORM 1 calls `dataSource` what TypeORM 0.3 calls `connection`. */
function dataSourceOf(queryRunner: QueryRunner): DataSource {
  const { dataSource, connection } = queryRunner as { dataSource?: DataSource } & QueryRunner;
  return dataSource ?? connection;
}
