import { DataSource, type DataSourceOptions } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { TempIDStoreUnavailableError } from '../../src/index.js';
import {
  CreateTempIDRevocations1763942400000,
  CreateTempIDUsedBy1764028800000,
  CreateTempIDUses1763769600000,
  TempIDRevocation,
  TempIDUse,
  TempIDUsedBy,
  TypeOrmTempIDStore,
} from '../../src/stores/typeorm/index.js';
import { scopesContract, storeContract, usedByContract } from '../../src/testing/index.js';
import { describeDatabases } from '../support/databases.js';
import { openStore } from '../support/open-store.js';
import { createService } from '../support/service.js';

describeDatabases('the migration CreateTempIDUses', (connect, database) => {
  let dataSource: DataSource;
  const tomorrow = new Date(Date.now() + 86_400_000);
  const open = () => openStore(TypeOrmTempIDStore.register({ dataSource }));

  beforeAll(async () => {
    dataSource = await new DataSource({
      ...(await connect('migrated')),
      synchronize: false,
      entities: [TempIDUse],
      migrations: [CreateTempIDUses1763769600000],
    } as DataSourceOptions).initialize();
  });

  afterAll(async () => {
    jest.restoreAllMocks();
    await dataSource.destroy();
  });

  it('while the table of counts is missing, the start and a use name the migration and its lines', async () => {
    const error = jest.spyOn(Logger.prototype, 'error').mockReturnValue();
    const { store } = await open();
    const lines = [
      /its table is missing. Make it by the migration CreateTempIDUses1763769600000, by 'synchronize', or by: /,
      /CREATE TABLE \S*tempid_uses\S* \(token_id varchar\(64\) NOT NULL PRIMARY KEY, count integer NOT NULL, expires_at bigint NOT NULL\)/,
      /; CREATE INDEX tempid_uses_expires_at ON \S*tempid_uses\S* \(expires_at\);$/,
    ];
    const tempid = createService({}, store);
    const token = await tempid.mint({ maxUses: 1 });
    const thrown: unknown = await tempid.use(token).catch((reason: unknown) => reason);
    expect(thrown).toBeInstanceOf(TempIDStoreUnavailableError);
    for (const line of lines) {
      expect(error).toHaveBeenCalledWith(expect.stringMatching(line));
      expect(String(thrown)).toMatch(line);
    }
  });

  it('CreateTempIDUses makes the very table that synchronize would make', async () => {
    await dataSource.runMigrations();
    const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
    expect(upQueries.map(({ query }) => query)).toEqual([]);
  });

  it('CreateTempIDUses adds the index to a table that lacks it', async () => {
    const runner = dataSource.createQueryRunner();
    const { tablePath } = dataSource.getMetadata(TempIDUse);
    await runner.dropIndex(tablePath, 'tempid_uses_expires_at');
    await new CreateTempIDUses1763769600000().up(runner);
    const table = await runner.getTable(tablePath);
    expect(table?.indices.map(({ name }) => name)).toEqual(['tempid_uses_expires_at']);
    await runner.release();
  });

  it('CreateTempIDUses leaves an existing table as it is', async () => {
    const runner = dataSource.createQueryRunner();
    await expect(new CreateTempIDUses1763769600000().up(runner)).resolves.toBeUndefined();
    await runner.release();
  });

  it(`the query that purges counts uses the index on ${database}`, async () => {
    const { store } = await open();
    for (let index = 0; index < 500; index++) await store.consume(`id-${index}`, 1, tomorrow);
    const { tablePath } = dataSource.getMetadata(TempIDUse);
    const explain = database === 'SQLite' ? 'EXPLAIN QUERY PLAN' : 'EXPLAIN';
    const table = tablePath
      .split('.')
      .map((name) => dataSource.driver.escape(name))
      .join('.');
    if (database === 'PostgreSQL') await dataSource.query(`ANALYZE ${table}`);
    const plan: unknown = await dataSource.query(
      `${explain} SELECT token_id FROM ${table} WHERE expires_at < 1000 ORDER BY expires_at LIMIT 1000`,
    );
    expect(JSON.stringify(plan)).toContain('tempid_uses_expires_at');
  });

  describe('makes a table where the store', () => {
    storeContract(async () => ({ store: (await open()).store, close: async () => {} }));
  });

  it('reverting CreateTempIDUses drops the table', async () => {
    await dataSource.undoLastMigration();
    const runner = dataSource.createQueryRunner();
    expect(await runner.hasTable(dataSource.getMetadata(TempIDUse).tablePath)).toBe(false);
    await runner.release();
  });
});

describeDatabases('the migration CreateTempIDUsedBy', (connect) => {
  let dataSource: DataSource;
  const open = () => openStore(TypeOrmTempIDStore.register({ dataSource, usedBy: true }));

  beforeAll(async () => {
    dataSource = await new DataSource({
      ...(await connect('migrated_used_by')),
      synchronize: false,
      entities: [TempIDUse, TempIDUsedBy],
      migrations: [CreateTempIDUses1763769600000, CreateTempIDUsedBy1764028800000],
    } as DataSourceOptions).initialize();
  });

  afterAll(async () => {
    jest.restoreAllMocks();
    await dataSource.destroy();
  });

  it('while the table of those who used tokens is missing, the start names the migration and its lines', async () => {
    const error = jest.spyOn(Logger.prototype, 'error').mockReturnValue();
    const runner = dataSource.createQueryRunner();
    await new CreateTempIDUses1763769600000().up(runner);
    await runner.release();
    await open();
    const lines = [
      /by the migration CreateTempIDUsedBy1764028800000, by 'synchronize', or by: CREATE TABLE \S*tempid_used_by\S* /,
      /\(token_id varchar\(64\) NOT NULL, by_hash varchar\(64\) NOT NULL, used_by varchar\(255\).* NOT NULL, used_at bigint NOT NULL, expires_at bigint NOT NULL, PRIMARY KEY \(token_id, by_hash\)\)/,
      /; CREATE INDEX tempid_used_by_expires_at ON \S*tempid_used_by\S* \(expires_at\);/,
      /; CREATE INDEX tempid_used_by_used_at ON \S*tempid_used_by\S* \(token_id, used_at, by_hash\);$/,
    ];
    expect(error).toHaveBeenCalledTimes(1);
    for (const line of lines) expect(error).toHaveBeenCalledWith(expect.stringMatching(line));
  });

  it('CreateTempIDUsedBy makes the very table that synchronize would make', async () => {
    await dataSource.runMigrations();
    const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
    expect(upQueries.map(({ query }) => query)).toEqual([]);
  });

  it('the start warns of an index of two columns that is missing, and the migration adds it', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    const runner = dataSource.createQueryRunner();
    const { tablePath } = dataSource.getMetadata(TempIDUsedBy);
    await runner.dropIndex(tablePath, 'tempid_used_by_used_at');
    await open();
    expect(warn.mock.calls).toEqual([
      [
        expect.stringMatching(
          /the index tempid_used_by_used_at on token_id, used_at, by_hash is missing\. The migration CreateTempIDUsedBy/,
        ),
      ],
    ]);
    await new CreateTempIDUsedBy1764028800000().up(runner);
    const names = (await runner.getTable(tablePath))?.indices.map(({ name }) => name);
    expect(names?.toSorted()).toEqual(['tempid_used_by_expires_at', 'tempid_used_by_used_at']);
    await runner.release();
    await open();
    expect(warn).toHaveBeenCalledTimes(1);
  });

  it('the table keeps each who used a token in any script, and hashes by their very bytes', async () => {
    const users = dataSource.getRepository(TempIDUsedBy);
    const row = { tokenId: 'id', usedAt: 1, expiresAt: 4_000_000_000 };
    const names = ['ada', 'Ada', 'ada ', 'Ж 東 😀'];
    const rows = names.map((usedBy, index) => ({
      ...row,
      usedBy,
      byHash: ['a', 'A', 'b', 'c'][index] ?? '',
    }));
    await users.insert(rows);
    const kept = await users.findBy({ tokenId: 'id' });
    expect(kept.map(({ usedBy }) => usedBy).toSorted()).toEqual(names.toSorted());
    await users.deleteAll();
  });

  describe('makes a table where the store', () => {
    usedByContract(async () => ({ store: (await open()).store, close: async () => {} }));
  });

  it('reverting CreateTempIDUsedBy drops the table', async () => {
    await dataSource.undoLastMigration();
    const runner = dataSource.createQueryRunner();
    expect(await runner.hasTable(dataSource.getMetadata(TempIDUsedBy).tablePath)).toBe(false);
    expect(await runner.hasTable(dataSource.getMetadata(TempIDUse).tablePath)).toBe(true);
    await runner.release();
  });
});

describeDatabases('the migration CreateTempIDRevocations', (connect) => {
  let dataSource: DataSource;
  const open = () => openStore(TypeOrmTempIDStore.register({ dataSource, revocations: true }));
  const issuance = { at: 1, scopes: ['scope'] };

  beforeAll(async () => {
    dataSource = await new DataSource({
      ...(await connect('migrated_groups')),
      synchronize: false,
      entities: [TempIDUse, TempIDRevocation],
      migrations: [CreateTempIDUses1763769600000, CreateTempIDRevocations1763942400000],
    } as DataSourceOptions).initialize();
  });

  afterAll(async () => {
    jest.restoreAllMocks();
    await dataSource.destroy();
  });

  it('while the table of revocations alone is missing, the start and a use name the migration and its lines', async () => {
    const error = jest.spyOn(Logger.prototype, 'error').mockReturnValue();
    const runner = dataSource.createQueryRunner();
    await new CreateTempIDUses1763769600000().up(runner);
    await runner.release();
    const { store } = await open();
    const line =
      /by the migration CreateTempIDRevocations1763942400000, by 'synchronize', or by: CREATE TABLE \S*tempid_revocations\S* \(id .*\).*; CREATE INDEX tempid_revocations_expires_at ON \S*tempid_revocations\S* \(expires_at\);$/;
    expect(error.mock.calls).toEqual([[expect.stringMatching(line)]]);
    const soon = new Date(Date.now() + 60_000);
    const revocation = { issuedUntil: 1, except: null };
    await expect(store.revokeScope('scope', revocation, soon)).rejects.toThrow(line);
    await expect(store.consume('id', 1, soon, { issuance })).rejects.toThrow(line);
    await expect(store.used('id', { issuance })).rejects.toThrow(line);
    expect(await store.used('id')).toBe(0);
  });

  it('CreateTempIDRevocations makes the very table that synchronize would make', async () => {
    await dataSource.runMigrations();
    const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
    expect(upQueries.map(({ query }) => query)).toEqual([]);
  });

  describe('makes a table where the store', () => {
    scopesContract(async () => ({ store: (await open()).store, close: async () => {} }));
  });

  it('reverting CreateTempIDRevocations drops the table', async () => {
    await dataSource.undoLastMigration();
    const runner = dataSource.createQueryRunner();
    expect(await runner.hasTable(dataSource.getMetadata(TempIDRevocation).tablePath)).toBe(false);
    expect(await runner.hasTable(dataSource.getMetadata(TempIDUse).tablePath)).toBe(true);
    await runner.release();
  });
});
