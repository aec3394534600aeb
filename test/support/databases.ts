import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe } from '@jest/globals';
import type { TypeOrmModuleOptions } from '@nestjs/typeorm';
import { createConnection } from 'mysql2/promise';
import { Client } from 'pg';
import { describeWith } from './services.js';

/** Gives the options of a connection to an empty place of that name, which `synchronize` makes ready. */
export type Connect = (place: string) => Promise<TypeOrmModuleOptions>;

/** What the server at TEST_MYSQL_URL has said that it is. */
export const MYSQL_TYPE = process.env['TEST_MYSQL_TYPE'] === 'mysql' ? 'mysql' : 'mariadb';
export const MYSQL = { mysql: 'MySQL', mariadb: 'MariaDB' }[MYSQL_TYPE];

/** Suites that run at the same time do so in other workers, and share the servers. */
const WORKER = process.env['JEST_WORKER_ID'];

/** What an earlier run may have left in a database that was given. */
const TABLES = [
  'tempid_uses',
  'tempid_issued',
  'tempid_revocations',
  'tempid_used_by',
  'accounts',
  'migrations',
];

/** Of every connection. */
export const common = { autoLoadEntities: true, synchronize: true, retryAttempts: 0 };

/** A suite for each kind of database that TypeOrmTempIDStore knows and that runs here. */
export function describeDatabases(
  title: string,
  suite: (connect: Connect, database: string) => void,
): void {
  describe(`${title} on SQLite`, () => {
    const directory = mkdtempSync(join(tmpdir(), 'tempid-'));
    afterAll(() => rmSync(directory, { recursive: true }));
    const connect: Connect = async (place) => {
      const database = join(directory, `${place}.sqlite`);
      return { ...common, type: 'better-sqlite3', database };
    };
    suite(connect, 'SQLite');
  });
  describeServers(title, suite);
}

/** As {@link describeDatabases}, without SQLite, which is no server. */
export function describeServers(
  title: string,
  suite: (connect: Connect, database: string) => void,
): void {
  describeWith(process.env['TEST_POSTGRES_URL'], `${title} on PostgreSQL`, (url) => {
    const connect: Connect = async (place) => {
      const schema = `${place}_${WORKER}`;
      const client = new Client(url);
      await client.connect();
      await client.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE; CREATE SCHEMA ${schema}`);
      await client.end();
      return { ...common, type: 'postgres', url, schema };
    };
    suite(connect, 'PostgreSQL');
  });

  describeWith(process.env['TEST_MYSQL_URL'], `${title} on ${MYSQL}`, (url) => {
    const connect: Connect = async (place) => {
      const prefix = `${place}_${WORKER}_`;
      const connection = await createConnection(url);
      const tables = TABLES.map((table) => prefix + table);
      await connection.query(`DROP TABLE IF EXISTS ${tables.join(', ')}`);
      await connection.end();
      return {
        ...common,
        type: MYSQL_TYPE,
        url,
        entityPrefix: prefix,
        migrationsTableName: `${prefix}migrations`,
      };
    };
    suite(connect, MYSQL);
  });
}
