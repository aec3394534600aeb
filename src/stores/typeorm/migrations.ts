import type { DataSource, MigrationInterface, QueryRunner, Table } from 'typeorm';
import { findInPostgres } from './databases/postgres.js';
import type { TableDefinition } from './table-definition.js';
import { missingIndexes, WIDE_INTEGERS } from './table-differences.js';
import {
  columnSql,
  createIndex,
  createTable,
  isMysql,
  isSqlite,
  lookupPathOf,
  tableNameOf,
  tableOf,
} from './table-names.js';
import { ISSUED, REVOCATIONS, USED_BY, USES } from './tables.js';
import { dataSourceOf, homeOf } from './typeorm-internals.js';

/** The base class of a migration that makes a table. */
function creating(definition: TableDefinition): new () => MigrationInterface {
  return class implements MigrationInterface {
    readonly name = definition.migration;

    /** A table that is there keeps what is in it, and gets the indexes and columns that hold what ours hold. */
    async up(queryRunner: QueryRunner): Promise<void> {
      const dataSource = dataSourceOf(queryRunner);
      const place = await placeOf(queryRunner, definition);
      const table = tableOf(dataSource, definition, place);
      const present = await queryRunner.getTable(lookupPathOf(dataSource, definition, place));
      const statements = present
        ? [
            ...widenings(dataSource, present, definition, table),
            ...missingIndexes(present, definition).map((index) => createIndex(table, index)),
          ]
        : createTable(dataSource, definition, place);
      for (const sql of statements) await queryRunner.query(sql);
    }

    /** Drops the table, whoever made it. */
    async down(queryRunner: QueryRunner): Promise<void> {
      const place = await placeOf(queryRunner, definition);
      const table = tableOf(dataSourceOf(queryRunner), definition, place);
      await queryRunner.query(`DROP TABLE ${table}`);
    }
  };
}

/**
 * Makes the table `tempid_uses`, on every database that TypeOrmTempIDStore knows. List it in the `migrations` of the
 * connection. A table that is there already, such as the Python package's, gets the index alone. Undone, it drops
 * every count: tokens that were spent work again until they expire.
 */
export class CreateTempIDUses1763769600000 extends creating(USES) {}

/**
 * Makes the table `tempid_revocations`, which a TypeOrmTempIDStore with `revocations: true` needs beside
 * `tempid_uses`. Undone, it drops the revocations: tokens of these scopes work again until they expire.
 */
export class CreateTempIDRevocations1763942400000 extends creating(REVOCATIONS) {}

/**
 * Makes the table `tempid_used_by`, which a TypeOrmTempIDStore with `usedBy: true` needs beside `tempid_uses`. Undone,
 * it drops who used which token: whoever had their use can take a further one, where one is left.
 */
export class CreateTempIDUsedBy1764028800000 extends creating(USED_BY) {}

/**
 * Makes the table `tempid_issued`, which a TypeOrmTempIDLedger needs. Undone, it drops what was issued: tokens go on
 * working, but for those of the format short, and nobody can list them, or end them by their ids.
 */
export class CreateTempIDIssued1764115200000 extends creating(ISSUED) {}

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
  { columns }: TableDefinition,
  table: string,
): string[] {
  if (isSqlite(dataSource)) return [];
  return columns
    .filter(({ name, type }) => {
      const column = type === 'bigint' && present.findColumnByName(name);
      return column && !WIDE_INTEGERS.has(column.type);
    })
    .map((column) =>
      isMysql(dataSource)
        ? `ALTER TABLE ${table} MODIFY ${columnSql(dataSource, column)}`
        : `ALTER TABLE ${table} ALTER COLUMN ${column.name} TYPE ${column.type}`,
    );
}
