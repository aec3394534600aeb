// A page of what was issued, by purpose, subject and state, with 1,000,000 rows beside 1,000: npm run bench:listing
import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NestFactory } from '@nestjs/core';
import { getDataSourceToken, TypeOrmModule } from '@nestjs/typeorm';
import { TempIDModule, TempIDService } from 'nestjs-tempid';
import { TypeOrmTempIDLedger, TypeOrmTempIDStore } from 'nestjs-tempid/typeorm';
import { Pool } from 'pg';
import { startServices, stopServices } from '../scripts/services/index.mjs';
import { compare, report } from './measure.mjs';

const FEW = 1_000;
const MANY = 1_000_000;
/** So many rows are those of one subject, however many others there are; every third token of its is spent. */
const OF_SUBJECT = 200;
const PAGE = { purpose: 'invite', subject: 'ana', state: 'open', limit: 50 };

class BenchModule {}

const directory = mkdtempSync(join(tmpdir(), 'tempid-bench-'));
const services = await startServices(['postgres', 'mariadb']);
try {
  await measure('SQLite, a file', sqlite);
  await measure('PostgreSQL', services.postgres.missing ?? postgres);
  await measure('MariaDB', services.mariadb.missing ?? mariadb);
} finally {
  await stopServices(services);
  rmSync(directory, { recursive: true });
}

async function measure(title, connectionOf) {
  if (typeof connectionOf === 'string')
    return console.log(`${title}: not measured, ${connectionOf}`);
  const few = await open(await connectionOf('few'), FEW);
  const many = await open(await connectionOf('many'), MANY);
  const time = await compare(
    {
      few: () => few.tempid.list(PAGE),
      many: () => many.tempid.list(PAGE),
      fewOfAll: () => few.tempid.list({ limit: 50 }),
      manyOfAll: () => many.tempid.list({ limit: 50 }),
    },
    { rounds: 41, calls: 10 },
  );
  console.log(title);
  report('  50 by purpose, subject and state', time.few, time.few, 'itself, of 1,000 rows');
  report('  that of 1,000,000 rows', time.many, time.few, 'that of 1,000');
  report('  the newest 50 of 1,000,000', time.manyOfAll, time.fewOfAll, 'those of 1,000');
  console.log();
  await few.context.close();
  await many.context.close();
}

async function open(connection, count) {
  const context = await NestFactory.createApplicationContext(
    {
      module: BenchModule,
      imports: [
        TypeOrmModule.forRoot({ ...connection, autoLoadEntities: true, synchronize: true }),
        TempIDModule.forRoot({
          secret: randomBytes(32),
          store: TypeOrmTempIDStore.register({ revocations: true }),
          ledger: TypeOrmTempIDLedger,
          storeTimeout: '1m',
        }),
      ],
    },
    { logger: ['error'] },
  );
  const dataSource = context.get(getDataSourceToken());
  for (const sql of fill(connection, count, dataSource)) await dataSource.query(sql);
  const tempid = context.get(TempIDService);
  const { items } = await tempid.list(PAGE);
  if (items.length !== PAGE.limit || items.some(({ used }) => used !== 0)) {
    throw new Error('the page is not the one that is measured');
  }
  return { context, tempid };
}

/** The statements that fill both tables. */
function fill({ type }, count, dataSource) {
  const [issued, uses] = ['TempIDIssued', 'TempIDUse'].map((entity) => {
    const { tablePath } = dataSource.entityMetadatas.find(({ name }) => name === entity);
    return tablePath
      .split('.')
      .map((part) => dataSource.driver.escape(part))
      .join('.');
  });
  const step = count / OF_SUBJECT;
  const now = Date.now();
  const expiry = Math.floor(now / 1_000) + 600_000;
  const text = (expression) =>
    type === 'mariadb' ? `CONCAT('row-', ${expression})` : `'row-' || ${expression}`;
  const isIts = `n % ${step} = 0`;
  const third = type === 'postgres' ? `(n / ${step}) % 3` : `FLOOR(n / ${step}) % 3`;
  const rows = {
    postgres: `generate_series(1, ${count}) AS series (n)`,
    mariadb: `(SELECT seq AS n FROM seq_1_to_${count}) AS series`,
    'better-sqlite3': `(WITH RECURSIVE series(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM series WHERE n < ${count})
      SELECT n FROM series)`,
  }[type];
  return [
    `INSERT INTO ${issued} (id, purpose, subject, format, issued_at, valid_until, max_uses, expires_at)
      SELECT ${text('n')}, CASE WHEN ${isIts} OR n % 10 = 0 THEN 'invite' ELSE 'reset' END,
        CASE WHEN ${isIts} THEN 'ana' ELSE ${text('n % 997')} END, 'v3',
        ${now - 3_600_000} + n, ${expiry}, 1, ${expiry} FROM ${rows}`,
    `INSERT INTO ${uses} (token_id, count, expires_at)
      SELECT ${text('n')}, CASE WHEN ${third} = 0 THEN 1 ELSE 0 END, ${expiry} FROM ${rows}`,
    ...(type === 'better-sqlite3'
      ? ['ANALYZE']
      : [issued, uses].map((table) => `ANALYZE ${type === 'mariadb' ? 'TABLE ' : ''}${table}`)),
  ];
}

function sqlite(place) {
  return { type: 'better-sqlite3', database: join(directory, `${place}.sqlite`) };
}

async function postgres(place) {
  const { url } = services.postgres;
  const schema = `listing_${place}`;
  const pool = new Pool({ connectionString: url });
  await pool.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE; CREATE SCHEMA ${schema}`);
  await pool.end();
  return { type: 'postgres', url, schema };
}

function mariadb(place) {
  return { type: 'mariadb', url: services.mariadb.url, entityPrefix: `listing_${place}_` };
}
