import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { getDataSourceToken, type TypeOrmModuleOptions } from '@nestjs/typeorm';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { REVOKED_COUNT, TempIDConfigurationError } from '../../src/index.js';
import { TempIDRevocation, TempIDUse, TypeOrmTempIDStore } from '../../src/stores/typeorm/index.js';
import { StoredTables } from '../../src/stores/typeorm/stored-tables.js';
import { scopesContract, scopesPurgingContract, purgingContract } from '../../src/testing/index.js';
import { concurrently, newId, longDeadline } from '../../src/testing/support.js';
import { describeDatabases } from '../support/databases.js';
import { type FullStore, openStore } from '../support/open-store.js';
import { describeWith } from '../support/services.js';

const withRevocations = TypeOrmTempIDStore.register({ revocations: true });
const REFUSED = { allowed: false, used: REVOKED_COUNT };
const moment = Date.now();
const soon = new Date(moment + 3_600_000);

const revoke = (store: FullStore, scope: string, options = {}) =>
  store.revokeScope(scope, { issuedUntil: moment, except: null }, soon, options);
const issuanceOf = (scope: string) => ({ at: moment, scopes: [newId(), scope, newId()] });

describeDatabases('TypeOrmTempIDStore with revocations', (connect, database) => {
  purgingContract(async () => openStore(withRevocations, await connect('groups_uses_purging')));
  scopesContract(async () => openStore(withRevocations, await connect('scopes')));
  scopesPurgingContract(async () => openStore(withRevocations, await connect('groups_purging')));

  describe('on a DataSource of the application', () => {
    let dataSource: DataSource;
    let store: FullStore;
    const statements: string[] = [];

    beforeAll(async () => {
      dataSource = await new DataSource({
        ...(await connect('groups_owned')),
        entities: [TempIDUse, TempIDRevocation],
        extra: database === 'PostgreSQL' ? { max: 20 } : { connectionLimit: 20 },
      } as DataSourceOptions).initialize();
      Object.assign(dataSource.logger, { logQuery: (sql: string) => statements.push(sql) });
      const useFactory = () => ({ dataSource, revocations: true });
      ({ store } = await openStore(TypeOrmTempIDStore.registerAsync({ useFactory })));
    });

    afterAll(() => dataSource.destroy());

    it('a use of a token with scopes is one statement, allowed or refused, and on MariaDB one more to read revocations', async () => {
      const scope = newId();
      const counts = [];
      for (const isRevoked of [false, true]) {
        if (isRevoked) await revoke(store, scope);
        statements.length = 0;
        await store.consume(newId(), 1, soon, { issuance: issuanceOf(scope) });
        await store.used(newId(), { issuance: issuanceOf(scope) });
        counts.push(statements.length);
      }
      expect(counts).toEqual(STATEMENTS[database]);
    });

    it('whoever is counted before a token ends by the number of its uses has had the use', async () => {
      const outcomes = await concurrently(12, async () => {
        const id = newId();
        const issuance = issuanceOf(newId());
        const uses = concurrently(4, () =>
          store.consume(id, 9, soon, { issuance, ...longDeadline() }),
        );
        let ended: number | undefined;
        while (ended === undefined) {
          const used = await store.used(id, longDeadline());
          if (await store.revokeIfUsed(id, used, soon, longDeadline())) ended = used;
        }
        return [ended, (await uses).filter(({ allowed }) => allowed).length];
      });
      for (const [ended, allowed] of outcomes) expect(allowed).toBe(ended);
    });

    it('a use of a token without scopes sends the same statement as a store without revocations', async () => {
      const plain = await openStore(TypeOrmTempIDStore.register({ dataSource }));
      statements.length = 0;
      for (const [sender, issuance] of [
        [plain.store],
        [store, { at: moment, scopes: [] }],
      ] as const) {
        await sender.consume(newId(), 1, soon, issuance && { issuance });
        await sender.used(newId(), issuance && { issuance });
      }
      const sent = statements.map((sql) => sql.replace(/timeout = \d+/, 'timeout = n'));
      expect(sent.slice(sent.length / 2)).toEqual(sent.slice(0, sent.length / 2));
      expect(statements.join('\n')).not.toContain('tempid_revocations');
    });

    it('revocations are found by the primary key', async () => {
      const revocations = dataSource.getRepository(TempIDRevocation);
      const rows = Array.from({ length: 1_000 }, () => ({
        id: newId(),
        issuedUntil: moment,
        exceptId: null,
        expiresAt: 4_000_000_000,
      }));
      await revocations.insert(rows);
      const { tablePath } = revocations.metadata;
      if (database === 'PostgreSQL') await dataSource.query(`ANALYZE ${tablePath}`);
      const statementsOf = await new StoredTables(dataSource).database();
      const issuance = issuanceOf(newId());
      const sent = [statementsOf.used(newId(), issuance)];
      if (!statementsOf.consumesBlindly)
        sent.push(statementsOf.consume(newId(), 1, 0, undefined, issuance));
      for (const { sql, parameters } of sent) {
        const explain = database === 'SQLite' ? 'EXPLAIN QUERY PLAN' : 'EXPLAIN';
        const plan: unknown[] = await dataSource.query(`${explain} ${literally(sql, parameters)}`);
        const steps = plan.map((step) => JSON.stringify(step)).join('\n');
        expect(steps).toMatch(BY_PRIMARY_KEY[database] ?? '');
        expect(steps).not.toMatch(/(Seq Scan on|SCAN) \W*(main.)?tempid_revocations/);
      }
      await revocations.deleteAll();
    });

    it('purgeExpired purges revocations together with counts, in batches', async () => {
      const revocations = dataSource.getRepository(TempIDRevocation);
      const now = Date.now();
      const seconds = Math.floor(now / 1_000);
      const old = Array.from({ length: 1_500 }, () => ({
        id: newId(),
        issuedUntil: now,
        exceptId: null,
        expiresAt: seconds - 10,
      }));
      await revocations.insert(old);
      await revoke(store, 'kept');
      await store.consume('old', 1, new Date(now - 10_000));
      expect(await store.purgeExpired(new Date(now))).toBe(1_001);
      expect(await store.purgeExpired(new Date(now))).toBe(500);
      expect(await store.purgeExpired(new Date(now))).toBe(0);
      expect(await revocations.countBy({ id: 'kept' })).toBe(1);
    });

    it('revokeScope in a transaction is kept when that commits, and not when it rolls back', async () => {
      const scopes = { committed: newId(), undone: newId() };
      await dataSource.transaction((manager) => revoke(store, scopes.committed, { manager }));
      const transaction = dataSource.transaction(async (manager) => {
        await revoke(store, scopes.undone, { manager });
        const options = { manager, issuance: issuanceOf(scopes.undone) };
        expect(await store.consume(newId(), 1, soon, options)).toEqual(REFUSED);
        expect(await store.used(newId(), options)).toBe(REVOKED_COUNT);
        throw new Error('rolled back');
      });
      await expect(transaction).rejects.toThrow('rolled back');
      const used = (scope: string) => store.used(newId(), { issuance: issuanceOf(scope) });
      expect([await used(scopes.committed), await used(scopes.undone)]).toEqual([REVOKED_COUNT, 0]);
    });

    it('a use of a token with scopes in a transaction is counted when that commits, and not when it rolls back', async () => {
      const [id, issuance] = [newId(), issuanceOf(newId())];
      const consume = (manager: DataSource['manager']) =>
        store.consume(id, 2, soon, { manager, issuance });
      await dataSource.transaction(consume);
      const transaction = dataSource.transaction(async (manager) => {
        expect(await consume(manager)).toEqual({ allowed: true, used: 2 });
        expect(await consume(manager)).toEqual({ allowed: false, used: 2 });
        throw new Error('rolled back');
      });
      await expect(transaction).rejects.toThrow('rolled back');
      expect(await store.used(id, { issuance })).toBe(1);
    });

    it('scopes are revoked while others use their tokens, without an error, and uses are counted exactly', async () => {
      const scopes = Array.from({ length: 8 }, newId);
      const ids = Array.from({ length: 4 }, newId);
      const answers = await concurrently(600, async (index) => {
        const scope = scopes[index % scopes.length] ?? '';
        if (index % 5 === 0) {
          return revoke(store, index % 2 ? scope : newId(), longDeadline()).then(() => null);
        }
        const issuance = { at: moment + 1, scopes: [newId(), scope] };
        return store.consume(ids[index % ids.length] ?? '', 50, soon, {
          issuance,
          ...longDeadline(),
        });
      });
      expect(answers.filter((answer) => answer?.allowed)).toHaveLength(50 * ids.length);
    });

    it('a scope is revoked while one token of it is tried again and again', async () => {
      const [id, issuance] = [newId(), issuanceOf(newId())];
      const end = new AbortController();
      const tries = concurrently(15, async () => {
        for (; !end.signal.aborted; await nextTurn()) {
          await store.consume(id, 5, soon, { issuance, ...longDeadline() });
        }
      });
      while ((await store.used(id, longDeadline())) < 5) await nextTurn();
      for (let time = 0; time < 20; time++) await revoke(store, newId(), longDeadline());
      end.abort();
      await tries;
      expect(await store.used(id, { issuance })).toBe(5);
    });
  });

  it('a store without a table of revocations asks for none, and revokeScope names what it needs', async () => {
    const opened = await openStore(TypeOrmTempIDStore, await connect('groups_none'));
    const error = await revoke(opened.store, newId()).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(TempIDConfigurationError);
    expect(String(error)).toMatch(
      /'revocations: true', .* the table tempid_revocations by the migration CreateTempIDRevocations1763942400000/,
    );
    const options = { issuance: issuanceOf(newId()) };
    expect(await opened.store.consume('id', 1, soon, options)).toEqual({ allowed: true, used: 1 });
    expect(await opened.store.used('id', options)).toBe(1);
    expect(await opened.store.purgeExpired(new Date(0))).toBe(0);
    await opened.close();
  });
});

describeWith(process.env['TEST_MYSQL_URL'], 'a use on MariaDB of a token with scopes', (url) => {
  const open = async (place: string, options: Partial<TypeOrmModuleOptions> = {}) => {
    const common = { autoLoadEntities: true, synchronize: true, entityPrefix: `${place}_` };
    const connection = { type: 'mysql', url, ...common, ...options } as TypeOrmModuleOptions;
    let dataSource: DataSource | undefined;
    const registration = TypeOrmTempIDStore.registerAsync({
      inject: [getDataSourceToken()],
      useFactory: (given: DataSource) => ({ dataSource: (dataSource = given), revocations: true }),
    });
    const entities = [TempIDUse, TempIDRevocation];
    const { store, close } = await openStore(registration, {
      ...connection,
      entities,
    });
    if (!dataSource) throw new Error('no connection was made');
    return { store, close, dataSource };
  };

  it.each([[['FOUND_ROWS']], [['-FOUND_ROWS']]])(
    'a use of a revoked token is not allowed by an insert id that its connection still knows, with %s',
    async (flags) => {
      const { store, close, dataSource } = await open('stale', {
        extra: { connectionLimit: 1 },
        flags,
      });
      const [id, fresh, scope, spent] = [newId(), newId(), newId(), newId()];
      const consume = (token: string, at: number) =>
        store.consume(token, 2, soon, { issuance: { at, scopes: [scope] } });
      await revoke(store, scope);
      const before = [
        () => store.consume(newId(), 2, soon),
        () => consume(id, moment + 1),
        () => dataSource.query('SELECT LAST_INSERT_ID(7)'),
        async () => {
          await dataSource.query(
            'CREATE TEMPORARY TABLE numbered (id int AUTO_INCREMENT PRIMARY KEY, n int)',
          );
          await dataSource.query('INSERT INTO numbered (n) VALUES (1), (2)');
        },
        () => store.consume(spent, 1, soon).then(() => store.consume(spent, 1, soon)),
      ];
      for (const leaveAnInsertId of before) {
        await leaveAnInsertId();
        expect(await consume(id, moment)).toEqual(REFUSED);
        expect(await consume(fresh, moment)).toEqual(REFUSED);
      }
      expect(await Promise.all([store.used(id), store.used(fresh)])).toEqual([1, 0]);
      expect(await consume(id, moment + 1)).toEqual({ allowed: true, used: 2 });
      expect(await consume(id, moment + 1)).toEqual({ allowed: false, used: 2 });
      await close();
    },
  );

  it('a use that waits for a lock keeps no revocation waiting', async () => {
    const { store, close, dataSource } = await open('waiting');
    const [id, issuance] = [newId(), issuanceOf(newId())];
    await store.consume(id, 9, soon, { issuance });
    let use: Promise<unknown> | undefined;
    await dataSource.transaction(async (manager) => {
      await store.consume(id, 9, soon, { manager });
      use = store.consume(id, 9, soon, { issuance, ...longDeadline() });
      // InnoDB shows what is new only to those who have not looked for 100 ms.
      while (!(await isLockWaitedFor(dataSource))) await wait(150);
      await revoke(store, newId(), longDeadline());
    });
    expect(await use).toEqual({ allowed: true, used: 3 });
    await close();
  });

  it('revokeScope does not wait for an open transaction that has used a token of the scope', async () => {
    const { store, close, dataSource } = await open('open_use');
    const [id, own] = [newId(), newId()];
    await dataSource.transaction(async (manager) => {
      const used = await store.consume(id, 9, soon, { manager, issuance: issuanceOf(own) });
      expect(used).toEqual({ allowed: true, used: 1 });
      for (const scope of [own, newId(), newId()]) await revoke(store, scope);
      // What it has read before it reads again.
      const again = await store.consume(id, 9, soon, { manager, issuance: issuanceOf(own) });
      expect(again).toEqual({ allowed: true, used: 2 });
    });
    expect(await store.consume(id, 9, soon, { issuance: issuanceOf(own) })).toEqual(REFUSED);
    expect(await store.used(id)).toBe(2);
    await close();
  });

  it('a use is not counted where no connection is free in time to read revocations', async () => {
    const { store, close, dataSource } = await open('late', { extra: { connectionLimit: 1 } });
    const id = newId();
    const deadline = performance.now() + 2_000;
    const consume = store.consume(id, 1, soon, { issuance: issuanceOf(newId()), deadline });
    const other = dataSource.query('SELECT SLEEP(3)');
    await expect(consume).rejects.toThrow('no connection was free in time');
    await other;
    expect(await store.used(id)).toBe(0);
    await close();
  });

  it('a use is not counted where the revocations cannot be read', async () => {
    const { store, close, dataSource } = await open('unreadable');
    const { tablePath } = dataSource.getMetadata(TempIDRevocation);
    await dataSource.query(`DROP TABLE ${tablePath}`);
    const id = newId();
    const consume = store.consume(id, 1, soon, { issuance: issuanceOf(newId()) });
    await expect(consume).rejects.toThrow(/CREATE TABLE \S*tempid_revocations/);
    expect(await store.used(id)).toBe(0);
    await close();
  });
});

/** Of its own tables: other suites use the server as well. */
async function isLockWaitedFor(dataSource: DataSource): Promise<boolean> {
  const { tableName } = dataSource.getMetadata(TempIDUse);
  const waiting = `SELECT 1 FROM information_schema.innodb_trx
    WHERE trx_state = 'LOCK WAIT' AND trx_query LIKE '%${tableName}%'`;
  return (await dataSource.query<unknown[]>(waiting)).length > 0;
}

/** For an allowed use and a count, and for a use that is refused, which MariaDB rolls back. */
const STATEMENTS: Record<string, readonly number[]> = {
  // Its driver runs them, which TypeORM does not log.
  SQLite: [0, 0],
  PostgreSQL: [2, 2],
  MariaDB: [3, 4],
  // The limit of the session, and its own again, around the one that counts.
  MySQL: [5, 6],
};

/** How the plan of a database says so. */
const BY_PRIMARY_KEY: Record<string, RegExp> = {
  SQLite: /SEARCH main.tempid_revocations USING INDEX sqlite_autoindex_tempid_revocations_1/,
  PostgreSQL: /Index Scan (using|on) .*PK_/,
  MariaDB: /tempid_revocations","type":"range",.*"key":"PRIMARY"/,
  MySQL: /Index range scan on \w*tempid_revocations using PRIMARY/,
};

/** EXPLAIN takes no parameters by name in the driver of SQLite. */
function literally(sql: string, parameters: readonly unknown[]): string {
  let next = 0;
  return sql.replace(/\?|\$(\d+)/g, (_place, number?: string) => {
    const value = parameters[number ? Number(number) - 1 : next++];
    return typeof value === 'number' ? `${value}` : `'${String(value)}'`;
  });
}
