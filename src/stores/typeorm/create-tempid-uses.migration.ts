import type { MigrationInterface, QueryRunner } from 'typeorm';
import { create, drop } from './create-table.js';
import { USES } from './tables.js';

/**
 * Makes the table `tempid_uses`, on every database that TypeOrmTempIDStore knows. List it in the `migrations`
 * of the connection. A table that is there already, such as the Python package's, gets the index alone.
 */
export class CreateTempIDUses1763769600000 implements MigrationInterface {
  readonly name = 'CreateTempIDUses1763769600000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await create(queryRunner, USES);
  }

  /** Drops the table, whoever made it, and with it every count: tokens that were spent work again until they expire. */
  async down(queryRunner: QueryRunner): Promise<void> {
    await drop(queryRunner, USES);
  }
}
