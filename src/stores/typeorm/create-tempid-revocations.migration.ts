import type { MigrationInterface, QueryRunner } from 'typeorm';
import { create, drop } from './create-table.js';
import { REVOCATIONS } from './tables.js';

/** Makes the table `tempid_revocations`, which a TypeOrmTempIDStore with `revocations: true` needs beside `tempid_uses`. */
export class CreateTempIDRevocations1763942400000 implements MigrationInterface {
  readonly name = 'CreateTempIDRevocations1763942400000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await create(queryRunner, REVOCATIONS);
  }

  /** Drops the table, and with it what was revoked of scopes: tokens of theirs work again until they expire. */
  async down(queryRunner: QueryRunner): Promise<void> {
    await drop(queryRunner, REVOCATIONS);
  }
}
