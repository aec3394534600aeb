import { afterEach, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { TypeOrmModuleOptions } from '@nestjs/typeorm';
import { createConnection } from 'mysql2/promise';
import { Client } from 'pg';
import { DataSource, type DataSourceOptions } from 'typeorm';
import type { TempIDStore } from '../../src/index.js';
import {
  CreateTempIDUses1763769600000,
  TempIDUse,
  TypeOrmTempIDStore,
} from '../../src/stores/typeorm/index.js';
import { MYSQL, MYSQL_TYPE } from '../support/databases.js';
import { openStore } from '../support/open-store.js';
import { describeWith } from '../support/services.js';

const soon = new Date(Date.now() + 3_600_000);
const COLUMNS =
  'token_id varchar(64) NOT NULL PRIMARY KEY, count integer NOT NULL, expires_at bigint NOT NULL';

/** Leaves a statement's effect on the one connection of the pool, as applications with many tenants do. */
async function leave(dataSource: DataSource, statement: string): Promise<void> {
  const runner = dataSource.createQueryRunner();
  await runner.query(statement);
  await runner.release();
}

/** Whether each of the uses is allowed, after what was left before it. */
async function useAfterEach(store: TempIDStore, dataSource: DataSource, statements: string[]) {
  const allowed = [];
  for (const statement of statements) {
    await leave(dataSource, statement);
    allowed.push((await store.consume('id', 1, soon)).allowed);
  }
  return allowed;
}

const open = (options: object) =>
  new DataSource({ poolSize: 1, ...options } as DataSourceOptions).initialize();
afterEach(() => {
  jest.restoreAllMocks();
});

const storeOn = async (dataSource: DataSource) =>
  (await openStore(TypeOrmTempIDStore.register({ dataSource }))).store;

describeWith(process.env['TEST_POSTGRES_URL'], 'a count on PostgreSQL', (url) => {
  const schemas = ['tempid_own', 'tempid_shared', 'tempid_a', 'tempid_b'];
  const prepare = async (inSchemas: string[]) => {
    const client = new Client(url);
    await client.connect();
    for (const schema of schemas) {
      await client.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE; CREATE SCHEMA ${schema}`);
    }
    for (const schema of inSchemas) {
      await client.query(`CREATE TABLE ${schema}.tempid_uses (${COLUMNS})`);
    }
    await client.end();
  };
  const onPath = (path: string) => ({
    type: 'postgres',
    url,
    extra: { options: `-c search_path=${path}` },
  });
  const tenants = ['SET search_path TO tempid_a', 'SET search_path TO tempid_b'];

  it.each([
    ['of the connection', { ...onPath('tempid_own') }],
    ['that its options name', { type: 'postgres', url, schema: 'tempid_own' }],
  ])(
    'a count stays in the schema %s, whatever search_path a tenant has set',
    async (_title, options) => {
      await prepare(['tempid_own', 'tempid_a', 'tempid_b']);
      const dataSource = await open({ ...options, entities: [TempIDUse] });
      const store = await storeOn(dataSource);
      const allowed = await useAfterEach(store, dataSource, ['SELECT 1', ...tenants]);
      expect(allowed).toEqual([true, false, false]);
      await dataSource.destroy();
    },
  );

  it('a count stays in its schema where a tenant set search_path before the start, and in a transaction of that tenant', async () => {
    await prepare(['tempid_own', 'tempid_a', 'tempid_b']);
    const dataSource = await open(onPath('tempid_own'));
    await leave(dataSource, 'SET search_path TO tempid_a');
    const store = await storeOn(dataSource);
    expect((await store.consume('id', 1, soon)).allowed).toBe(true);
    const again = await dataSource.transaction(async (manager) => {
      await manager.query('SET LOCAL search_path TO tempid_b');
      return store.consume('id', 1, soon, { manager });
    });
    expect(again.allowed).toBe(false);
    expect(await dataSource.query('SELECT count FROM tempid_own.tempid_uses')).toEqual([
      { count: 1 },
    ]);
    await dataSource.destroy();
  });

  it('a count is in the schema of search_path that has the table', async () => {
    await prepare(['tempid_shared', 'tempid_a', 'tempid_b']);
    const dataSource = await open(onPath('tempid_own,tempid_shared'));
    await leave(dataSource, 'SET search_path TO tempid_a');
    const store = await storeOn(dataSource);
    const allowed = await useAfterEach(store, dataSource, ['SELECT 1', ...tenants]);
    expect(allowed).toEqual([true, false, false]);
    expect(await dataSource.query('SELECT count FROM tempid_shared.tempid_uses')).toEqual([
      { count: 1 },
    ]);
    await dataSource.destroy();
  });

  it('a count is in the schema of the connection where a migration makes the table after the start', async () => {
    await prepare(['tempid_a']);
    const dataSource = await open({
      ...onPath('tempid_own,tempid_shared'),
      entities: [TempIDUse],
      migrations: [CreateTempIDUses1763769600000],
    });
    jest.spyOn(Logger.prototype, 'error').mockReturnValue();
    const store = await storeOn(dataSource);
    await expect(store.consume('id', 1, soon)).rejects.toThrow(
      /CREATE TABLE "tempid_own"."tempid_uses"/,
    );
    await dataSource.runMigrations();
    const allowed = await useAfterEach(store, dataSource, ['SELECT 1', ...tenants]);
    expect(allowed).toEqual([true, false, false]);
    expect(await dataSource.query('SELECT count FROM tempid_own.tempid_uses')).toEqual([
      { count: 1 },
    ]);
    await dataSource.destroy();
  });

  it('a count stays in the table that search_path finds, and a migration leaves that where it is', async () => {
    await prepare(['tempid_shared', 'tempid_a']);
    const dataSource = await open({
      ...onPath('tempid_own,tempid_shared'),
      migrations: [CreateTempIDUses1763769600000],
    });
    const store = await storeOn(dataSource);
    expect((await store.consume('id', 1, soon)).allowed).toBe(true);
    await leave(dataSource, 'SET search_path TO tempid_a');
    await dataSource.runMigrations();
    expect(await dataSource.query('SHOW search_path')).toEqual([{ search_path: 'tempid_a' }]);
    const started = await storeOn(dataSource);
    expect((await started.consume('id', 1, soon)).allowed).toBe(false);
    const runner = dataSource.createQueryRunner();
    await new CreateTempIDUses1763769600000().down(runner);
    await runner.release();
    await expect(store.used('id')).rejects.toThrow(/its table is missing/);
    await dataSource.destroy();
  });

  it('a table that is made later in another schema of search_path is found', async () => {
    await prepare(['tempid_a']);
    const dataSource = await open(onPath('tempid_own,tempid_shared'));
    jest.spyOn(Logger.prototype, 'error').mockReturnValue();
    const store = await storeOn(dataSource);
    await expect(store.used('id')).rejects.toThrow(/its table is missing/);
    await dataSource.query(`CREATE TABLE tempid_shared.tempid_uses (${COLUMNS})`);
    const allowed = await useAfterEach(store, dataSource, [tenants[0] ?? '', 'SELECT 1']);
    expect(allowed).toEqual([true, false]);
    await dataSource.destroy();
  });

  it('a use where search_path names no schema rejects with the missing table', async () => {
    const dataSource = await open(onPath('tempid_nowhere'));
    jest.spyOn(Logger.prototype, 'error').mockReturnValue();
    const store = await storeOn(dataSource);
    await expect(store.used('id')).rejects.toThrow(/missing.* CREATE TABLE "tempid_uses" /);
    await dataSource.destroy();
  });

  it('the start leaves the search_path of the connection as it was', async () => {
    await prepare(['tempid_own', 'tempid_a']);
    const dataSource = await open(onPath('tempid_own'));
    await leave(dataSource, 'SET search_path TO tempid_a');
    await storeOn(dataSource);
    expect(await dataSource.query('SHOW search_path')).toEqual([{ search_path: 'tempid_a' }]);
    await dataSource.destroy();
  });
});

describeWith(process.env['TEST_MYSQL_URL'], `a count on ${MYSQL}`, (url) => {
  it.each([
    ['before the store starts', true],
    ['after it has started', false],
  ])(
    'a count stays in the database of the connection, whatever a tenant has said USE to %s',
    async (_title, isBefore) => {
      // Databases of the server, which another run of the tests may use.
      const databases = ['a', 'b'].map((tenant) => `tempid_tenant_${tenant}_${process.pid}`);
      const admin = await createConnection(url);
      for (const database of databases) {
        await admin.query(`CREATE DATABASE IF NOT EXISTS ${database}`);
        await admin.query(`DROP TABLE IF EXISTS ${database}.tenants_tempid_uses`);
        await admin.query(`CREATE TABLE ${database}.tenants_tempid_uses (${COLUMNS})`);
      }
      const dataSource = await open({
        type: MYSQL_TYPE,
        url,
        entityPrefix: 'tenants_',
        entities: [TempIDUse],
        synchronize: true,
      });
      if (isBefore) await leave(dataSource, `USE ${databases[0]}`);
      const store = await storeOn(dataSource);
      const statements = ['SELECT 1', ...databases.map((database) => `USE ${database}`)];
      const allowed = await useAfterEach(store, dataSource, statements);
      await leave(dataSource, `USE ${databases[1]}`);
      const inTransaction = await dataSource.transaction((manager) =>
        store.consume('id', 1, soon, { manager }),
      );
      expect([...allowed, inTransaction.allowed]).toEqual([true, false, false, false]);
      await dataSource.query(`DELETE FROM ${new URL(url).pathname.slice(1)}.tenants_tempid_uses`);
      await dataSource.destroy();
      for (const database of databases) await admin.query(`DROP DATABASE ${database}`);
      await admin.end();
    },
  );
});

describeWith(
  process.env['TEST_MYSQL_URL'],
  `a connection of ${MYSQL} without a database`,
  (url) => {
    it('a use on a connection without a database rejects with what the server says', async () => {
      const server = new URL(url);
      server.pathname = '';
      const dataSource = await open({ type: MYSQL_TYPE, url: server.href });
      jest.spyOn(Logger.prototype, 'error').mockReturnValue();
      const store = await storeOn(dataSource);
      await expect(store.used('id')).rejects.toThrow('No database selected');
      await dataSource.destroy();
    });
  },
);

it('a count on SQLite stays in the file, beside a temporary table of the same name', async () => {
  const connection: TypeOrmModuleOptions = {
    type: 'better-sqlite3',
    database: ':memory:',
    synchronize: true,
    entities: [TempIDUse],
  };
  const dataSource = await new DataSource(connection as DataSourceOptions).initialize();
  const store = await storeOn(dataSource);
  const before = await store.consume('id', 1, soon);
  await dataSource.query(`CREATE TEMPORARY TABLE tempid_uses (${COLUMNS})`);
  const after = await store.consume('id', 1, soon);
  expect([before.allowed, after.allowed]).toEqual([true, false]);
  await dataSource.destroy();
});
