import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getDataSourceToken, TypeOrmModule } from '@nestjs/typeorm';
import Database from 'better-sqlite3';
import mysql from 'mysql2/promise';
import { TypeOrmTempIDStore } from 'nestjs-tempid/typeorm';
import { Pool } from 'pg';
import { StoredTables } from '../../build/stores/typeorm/stored-tables.js';
import { tableOf } from '../../build/stores/typeorm/table-names.js';
import { USES } from '../../build/stores/typeorm/tables.js';
import { KEEP_UNTIL, LIMIT, openApplication } from './tokens.mjs';

const common = { autoLoadEntities: true, synchronize: true };
const expiresAt = Math.ceil(KEEP_UNTIL.getTime() / 1_000);

export function onPostgres(url) {
  return async (place, live) => {
    const pool = new Pool({ connectionString: url });
    await pool.query(`CREATE SCHEMA ${place}`);
    return open(
      { type: 'postgres', url, schema: place },
      {
        fill: (table) =>
          pool
            .query(
              `INSERT INTO ${table} SELECT 'live-' || n, 1, ${expiresAt} + n % 86400 FROM generate_series(1, ${live}) n`,
            )
            .then(() => pool.query(`ANALYZE ${table}`)),
        call: ({ sql, parameters }) => pool.query(sql, parameters),
        close: () => pool.end(),
      },
    );
  };
}

export function onMariadb(url) {
  return async (place, live) => {
    const pool = mysql.createPool(url);
    return open(
      { type: 'mariadb', url, entityPrefix: `${place}_` },
      {
        fill: (table) =>
          pool.query(
            `INSERT INTO ${table} SELECT CONCAT('live-', seq), 1, ${expiresAt} + seq % 86400 FROM seq_1_to_${live}`,
          ),
        call: ({ sql, parameters }) => pool.query(sql, parameters),
        close: () => pool.end(),
      },
    );
  };
}

export function onSqlite() {
  return async (place, live) => {
    const directory = mkdtempSync(join(tmpdir(), 'tempid-bench-'));
    const file = join(directory, `${place}.sqlite`);
    let connection;
    let prepared;
    return open(
      { type: 'better-sqlite3', database: file },
      {
        fill: (table) => {
          connection = new Database(file);
          connection.exec(
            `WITH RECURSIVE live(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM live WHERE n < ${live})
           INSERT INTO ${table} SELECT 'live-' || n, 1, ${expiresAt} + n % 86400 FROM live`,
          );
        },
        async call({ sql, parameters }) {
          prepared ??= connection.prepare(sql);
          return prepared.all(Object.fromEntries(parameters.map((value, n) => [n + 1, value])));
        },
        close: () => {
          connection.close();
          rmSync(directory, { recursive: true });
        },
      },
    );
  };
}

async function open(connection, bare) {
  const application = await openApplication(TypeOrmTempIDStore.register({ revocations: true }), [
    TypeOrmModule.forRoot({ ...connection, ...common }),
  ]);
  const dataSource = application.context.get(getDataSourceToken());
  const database = await new StoredTables(dataSource).database();
  await bare.fill(tableOf(dataSource, USES));
  return {
    ...application,
    bare: (index) => bare.call(database.consume(application.idOf(index), LIMIT, expiresAt)),
    async close() {
      await bare.close();
      await application.context.close();
    },
  };
}
