import type { DataSource, MigrationInterface, QueryRunner } from 'typeorm';
import { createTable, tableOf, tablePathOf } from './table.js';

/**
 * Makes the table `tempid_uses`, on every database that TypeOrmTempIDStore knows. List it in the `migrations`
 * of the connection. A table that is there already stays as it is.
 */
export class CreateTempIDUses1763769600000 implements MigrationInterface {
  readonly name = 'CreateTempIDUses1763769600000';

  async up(queryRunner: QueryRunner): Promise<void> {
    const dataSource = dataSourceOf(queryRunner);
    if (await queryRunner.hasTable(tablePathOf(dataSource))) return;
    for (const statement of createTable(dataSource)) await queryRunner.query(statement);
  }

  /** Forgets every count: tokens that were spent work again until they expire. */
  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE ${tableOf(dataSourceOf(queryRunner))}`);
  }
}

/** TypeORM 1 calls `dataSource` what TypeORM 0.3 calls `connection`. */
function dataSourceOf(queryRunner: QueryRunner): DataSource {
  const { dataSource, connection } = queryRunner as { dataSource?: DataSource } & QueryRunner;
  return dataSource ?? connection;
}
