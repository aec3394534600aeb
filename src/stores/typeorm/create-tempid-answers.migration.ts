import type { MigrationInterface, QueryRunner } from 'typeorm';
import { create, drop } from './create-table.js';
import { ANSWERS } from './tables.js';

/** Makes the table `tempid_answers`, which a TypeOrmTempIDStore with `answers: true` needs beside `tempid_uses`. */
export class CreateTempIDAnswers1763856000000 implements MigrationInterface {
  readonly name = 'CreateTempIDAnswers1763856000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await create(queryRunner, ANSWERS);
  }

  /** Drops the table; the answers in it were for a minute at most. */
  async down(queryRunner: QueryRunner): Promise<void> {
    await drop(queryRunner, ANSWERS);
  }
}
