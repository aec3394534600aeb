import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { REVOKED_COUNT, TempIDConfigurationError } from '../../src/index.js';
import {
  TempIDRevocation,
  TempIDUse,
  TempIDUsedBy,
  TypeOrmTempIDStore,
} from '../../src/stores/typeorm/index.js';
import { StoredTables } from '../../src/stores/typeorm/stored-tables.js';
import { newId, soon } from '../../src/testing/support.js';
import { describeDatabases, MYSQL, MYSQL_TYPE } from '../support/databases.js';
import { type FullStore, openStore } from '../support/open-store.js';
import { describeWith } from '../support/services.js';

const entities = [TempIDUse, TempIDRevocation, TempIDUsedBy];

/** How many statements a first use, a repeated one, a refused one and a refund are, each with `by`. */
const STATEMENTS: Record<string, number[]> = {
  // They are run by its driver, which TypeORM does not log.
  SQLite: [0, 0, 0, 0],
  PostgreSQL: [1, 2, 2, 1],
};
/** With the begin and the end of a transaction, and the limit of its session as it was. */
const MYSQL_STATEMENTS = [5, 5, 5, 5];

describeDatabases('the table of those who used a token', (connect, database) => {
  let dataSource: DataSource;
  let store: FullStore;
  const statements: string[] = [];

  beforeAll(async () => {
    const connection = await connect('used_by_table');
    dataSource = await new DataSource({
      ...connection,
      entities,
    } as DataSourceOptions).initialize();
    Object.assign(dataSource.logger, { logQuery: (sql: string) => statements.push(sql) });
    ({ store } = await openStore(
      TypeOrmTempIDStore.register({ dataSource, usedBy: true, revocations: true }),
    ));
  });

  afterAll(async () => {
    jest.restoreAllMocks();
    await dataSource.destroy();
  });

  it('is not needed by a store without the option, which refuses by and says what it needs', async () => {
    const plain = await openStore(TypeOrmTempIDStore, await connect('used_by_none'));
    const refused = [
      plain.store.consume('id', 1, soon(), { by: 'anna' }),
      plain.store.refund('id', { by: 'anna' }),
      plain.store.usedBy('id', { limit: 1 }),
    ];
    for (const call of refused) {
      const error: unknown = await call.catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(TempIDConfigurationError);
      expect(String(error)).toMatch(
        /\('by'\), .* 'usedBy: true', .* the table tempid_used_by by the migration CreateTempIDUsedBy1764028800000/,
      );
    }
    await plain.store.prolong('id', soon());
    expect(await plain.store.consume('id', 1, soon())).toEqual({ allowed: true, used: 1 });
    expect(await plain.store.revokeIfUsed('id', 1, soon())).toBe(true);
    expect(await plain.store.usedOf(['id', 'other'])).toEqual([REVOKED_COUNT, 0]);
    expect(await plain.store.purgeExpired(new Date(0))).toBe(0);
    await plain.close();
  });

  it('is asked only with by, in few statements', async () => {
    const id = newId();
    const counts = [];
    const calls = [
      () => store.consume(id, 1, soon(), { by: 'anna' }),
      () => store.consume(id, 1, soon(), { by: 'anna' }),
      () => store.consume(id, 1, soon(), { by: 'ben' }),
      () => store.refund(id, { by: 'anna' }),
    ];
    for (const call of calls) {
      statements.length = 0;
      await call();
      // The end of a session goes on beside the answer.
      await store.used(id);
      counts.push(Math.max(0, statements.length - 1));
    }
    expect(counts).toEqual(STATEMENTS[database] ?? MYSQL_STATEMENTS);
    statements.length = 0;
    await store.consume(id, 2, soon());
    await store.refund(id);
    expect(statements.join('\n')).not.toContain('tempid_used_by');
  });

  it('is purged of those whose count has expired, together with counts, in batches', async () => {
    const now = Date.now();
    const expiresAt = Math.floor(now / 1_000) - 10;
    const tokenId = newId();
    const old = Array.from({ length: 1_500 }, (_, n) => ({
      tokenId,
      byHash: `${n}`,
      usedBy: `user ${n}`,
      usedAt: now,
      expiresAt,
    }));
    await dataSource.getRepository(TempIDUsedBy).insert(old);
    await store.consume('kept', 1, soon(), { by: 'anna' });
    await store.consume('old', 1, new Date(now - 10_000));
    expect(await store.purgeExpired(new Date(now))).toBe(1_001);
    expect(await store.purgeExpired(new Date(now))).toBe(500);
    expect(await store.purgeExpired(new Date(now))).toBe(0);
    expect(await store.usedBy('kept', { limit: 9 })).toHaveLength(1);
  });

  it('is read page by page by its index', async () => {
    const tokenId = newId();
    const rows = Array.from({ length: 1_000 }, (_, n) => ({
      tokenId: n % 2 ? tokenId : newId(),
      byHash: newId(),
      usedBy: `user ${n}`,
      usedAt: n,
      expiresAt: 4_000_000_000,
    }));
    const users = dataSource.getRepository(TempIDUsedBy);
    await users.insert(rows);
    const { tablePath } = users.metadata;
    if (database === 'PostgreSQL') await dataSource.query(`ANALYZE ${tablePath}`);
    const { sql, parameters } = (await new StoredTables(dataSource).database()).usedBy(
      tokenId,
      10,
      {
        at: 700,
        byHash: 'x',
      },
    );
    const values = parameters.map((value) => (typeof value === 'string' ? `'${value}'` : value));
    let next = 0;
    const literal = sql
      .replaceAll(/\$(\d+)/g, (_, position: string) => String(values[Number(position) - 1]))
      .replaceAll('?', () => String(values[next++]));
    const explain = database === 'SQLite' ? 'EXPLAIN QUERY PLAN' : 'EXPLAIN';
    const plan = JSON.stringify(await dataSource.query(`${explain} ${literal}`));
    expect(plan).toContain('tempid_used_by_used_at');
    expect(plan).not.toMatch(/filesort|TEMP B-TREE/);
    await users.delete({ tokenId });
  });

  it('knows the counts of many tokens by one statement, as used knows that of each', async () => {
    const scope = newId();
    const issuanceOf = (n: number) => (n % 3 ? { at: n, scopes: [newId(), scope] } : undefined);
    const tokens = Array.from({ length: 200 }, (_, n) => ({
      id: newId(),
      issuance: issuanceOf(n),
    }));
    const [excepted = '', last = ''] = [tokens[100]?.id, tokens[199]?.id];
    await store.revokeScope(scope, { issuedUntil: 100, except: excepted }, soon());
    for (const { id } of tokens.slice(95, 105)) await store.consume(id, 9, soon());
    await store.revoke(last, soon());
    const ids = tokens.map(({ id }) => id);
    const issuances = tokens.map(({ issuance }) => issuance);
    statements.length = 0;
    const counts = await store.usedOf(ids, { issuances });
    expect(statements).toHaveLength(database === 'SQLite' ? 0 : 1);
    const each = await Promise.all(
      tokens.map(({ id, issuance }) => store.used(id, issuance && { issuance })),
    );
    expect(counts).toEqual(each);
    expect([new Set(each).size, counts[100], counts[101]]).toEqual([3, 1, 1]);
    expect(await store.usedOf([...ids, ...ids, last])).toHaveLength(401);
    expect(await store.usedOf([])).toEqual([]);
  });
});

describeWith(process.env['TEST_MYSQL_URL'], `those who used a token on ${MYSQL}`, (url) => {
  const open = async (options: object) => {
    const dataSource = await new DataSource({
      type: MYSQL_TYPE,
      url,
      entities,
      entityPrefix: 'keyless_',
      synchronize: true,
      ...options,
    }).initialize();
    const storeOf = async () =>
      (await openStore(TypeOrmTempIDStore.register({ dataSource, usedBy: true }))).store;
    return { dataSource, storeOf };
  };

  it.each([[['FOUND_ROWS']], [['-FOUND_ROWS']]])(
    'are told from others whatever the driver takes for a changed row, with %s',
    async (flags) => {
      const { dataSource, storeOf } = await open({ flags });
      const [store, id] = [await storeOf(), newId()];
      const consume = (by: string) => store.consume(id, 2, soon(), { by });
      expect(await consume('anna')).toEqual({ allowed: true, used: 1 });
      expect(await consume('anna')).toEqual({ allowed: false, used: 1, repeated: true });
      await store.refund(id, { by: 'ben' });
      expect(await store.revokeIfUsed(id, 0, soon())).toBe(false);
      expect(await store.revokeIfUsed(id, 2, soon())).toBe(false);
      await store.refund(id, { by: 'anna' });
      await store.refund(id, { by: 'anna' });
      expect(await store.revokeIfUsed(id, 0, soon())).toBe(true);
      expect(await store.revokeIfUsed(id, 0, soon())).toBe(false);
      await dataSource.destroy();
    },
  );

  it('are not counted where nothing makes their rows unique, and the error names the key', async () => {
    const { dataSource, storeOf } = await open({});
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    await dataSource.query('ALTER TABLE keyless_tempid_used_by DROP PRIMARY KEY');
    const store = await storeOf();
    expect(warn).toHaveBeenCalledWith(
      expect.stringContaining('token_id, by_hash is no primary key'),
    );
    const id = newId();
    await expect(store.consume(id, 5, soon(), { by: 'anna' })).rejects.toThrow(
      /keyless_tempid_used_by\W+ keeps nobody, .* ADD PRIMARY KEY \(token_id, by_hash\)/,
    );
    expect(await store.used(id)).toBe(0);
    await dataSource.query(
      'ALTER TABLE keyless_tempid_used_by ADD PRIMARY KEY (token_id, by_hash)',
    );
    const again = await storeOf();
    expect((await again.consume(id, 5, soon(), { by: 'anna' })).allowed).toBe(true);
    jest.restoreAllMocks();
    await dataSource.destroy();
  });
});
