import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { getDataSourceToken, type TypeOrmModuleOptions } from '@nestjs/typeorm';
import type { DataSource, Logger } from 'typeorm';
import { TempIDConfigurationError } from '../../src/index.js';
import { TempIDUse, TypeOrmTempIDStore } from '../../src/stores/typeorm/index.js';
import { purgingContract, storeContract } from '../../src/testing/index.js';
import { concurrently, longDeadline } from '../../src/testing/support.js';
import { describeDatabases, MYSQL } from '../support/databases.js';
import { openStore } from '../support/open-store.js';
import { describeWith } from '../support/services.js';

const sqlite: TypeOrmModuleOptions = {
  type: 'better-sqlite3',
  database: ':memory:',
  autoLoadEntities: true,
  synchronize: true,
};

describeDatabases('TypeOrmTempIDStore', (connect, database) => {
  storeContract(async () => openStore(TypeOrmTempIDStore, await connect('contract')));
  purgingContract(async () => openStore(TypeOrmTempIDStore, await connect('purging')));

  it('a store without options has no table but that of the counts', async () => {
    const statements: string[] = [];
    const logger = loggerOf((sql) => statements.push(sql));
    const connection = { ...(await connect('one_table')), dropSchema: database === 'SQLite' };
    const opened = await openStore(TypeOrmTempIDStore, { ...connection, logging: true, logger });
    await opened.close();
    expect(statements.join('\n')).toContain('tempid_uses');
    expect(statements.join('\n')).not.toMatch(/tempid_(revocations|used_by)/);
  });

  it('an answer that came while the process was held up is taken, though its time is over', async () => {
    let deadline = 0;
    const holdUp = () => {
      const rest = deadline + 100 - performance.now();
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, rest);
    };
    let isArmed = false;
    // What is logged is sent in this turn of the event loop.
    const logger = loggerOf((sql) => isArmed && sql.includes('INSERT') && setImmediate(holdUp));
    const connection = { ...(await connect('held_up')), logging: true, logger };
    const { store, close } = await openStore(TypeOrmTempIDStore, connection);
    deadline = performance.now() + 3_000;
    isArmed = true;
    const soon = new Date(Date.now() + 60_000);
    expect(await store.consume('id', 1, soon, { deadline })).toEqual({ allowed: true, used: 1 });
    isArmed = false;
    expect((await store.consume('id', 1, soon)).allowed).toBe(false);
    await close();
  });

  it('one use is one statement, allowed or refused', async () => {
    const statements: string[] = [];
    const logger = loggerOf((sql) => statements.push(sql));
    const connection = await connect('statements');
    const opened = await openStore(TypeOrmTempIDStore, { ...connection, logging: true, logger });
    const { store } = opened;
    statements.length = 0;
    await store.consume('id', 1, new Date());
    await store.consume('id', 1, new Date());
    await opened.close();
    // SQLite's are run by its driver, which TypeORM does not log; MySQL's session has a limit for each, and its own back.
    const counts: Record<string, number> = { SQLite: 0, MySQL: 6 };
    expect(statements).toHaveLength(counts[database] ?? 2);
  });
});

describeWith(process.env['TEST_POSTGRES_URL'], 'TypeOrmTempIDStore on PostgreSQL', (url) => {
  it('uses are counted exactly where the driver reads every type as text', async () => {
    const types = { getTypeParser: () => (text: string) => text };
    const options = { autoLoadEntities: true, synchronize: true, extra: { types } };
    const opened = await openStore(TypeOrmTempIDStore, { type: 'postgres', url, ...options });
    const tomorrow = new Date(Date.now() + 86_400_000);
    const uses = await concurrently(4, () => opened.store.consume('as-text', 2, tomorrow));
    expect(uses.filter(({ allowed }) => allowed)).toHaveLength(2);
    expect(await opened.store.used('as-text')).toBe(2);
    await opened.close();
  });

  it.each(['repeatable read', 'serializable'])(
    'a use that the database undid because of others is run again, at %s',
    async (isolation) => {
      const strict = `-c default_transaction_isolation=${isolation.replace(' ', '\\ ')}`;
      const options = { autoLoadEntities: true, synchronize: true, extra: { options: strict } };
      const opened = await openStore(TypeOrmTempIDStore, { type: 'postgres', url, ...options });
      const tomorrow = new Date(Date.now() + 86_400_000);
      const uses = await concurrently(300, () =>
        opened.store.consume(isolation, 50, tomorrow, longDeadline()),
      );
      expect(uses.filter(({ allowed }) => allowed)).toHaveLength(50);
      await opened.close();
    },
  );

  it.each(['repeatable read', 'serializable'])(
    'a use by somebody that the database undid because of others is run again, at %s',
    async (isolation) => {
      const strict = `-c default_transaction_isolation=${isolation.replace(' ', '\\ ')}`;
      const options = { autoLoadEntities: true, synchronize: true, extra: { options: strict } };
      const store = TypeOrmTempIDStore.register({ usedBy: true });
      const opened = await openStore(store, { type: 'postgres', url, ...options });
      const id = randomUUID();
      const tomorrow = new Date(Date.now() + 86_400_000);
      const uses = await concurrently(200, (n) =>
        opened.store.consume(id, 50, tomorrow, { by: `user ${n % 80}`, ...longDeadline() }),
      );
      expect(uses.filter(({ allowed }) => allowed)).toHaveLength(50);
      expect(await opened.store.usedBy(id, { limit: 99 })).toHaveLength(50);
      await concurrently(100, (n) =>
        opened.store.refund(id, { by: `user ${n % 80}`, ...longDeadline() }),
      );
      expect(await opened.store.used(id)).toBe(0);
      await opened.close();
    },
  );

  it('uses are counted on the primary of a replication', async () => {
    const opened = await openStore(TypeOrmTempIDStore, {
      type: 'postgres',
      replication: { master: { url }, slaves: [{ url }] },
      autoLoadEntities: true,
      synchronize: true,
    });
    expect((await opened.store.consume(randomUUID(), 1, new Date())).allowed).toBe(true);
    await opened.close();
  });
});

describeWith(process.env['TEST_MYSQL_URL'], `TypeOrmTempIDStore on ${MYSQL}`, (url) => {
  it('uses are counted on the primary of a replication', async () => {
    const opened = await openStore(TypeOrmTempIDStore, {
      type: 'mysql',
      replication: { master: { url }, slaves: [{ url }] },
      autoLoadEntities: true,
      synchronize: true,
    });
    expect((await opened.store.consume(randomUUID(), 1, new Date())).allowed).toBe(true);
    await opened.close();
  });
});

describe('TypeOrmTempIDStore', () => {
  it('uses are counted on a connection that is named', async () => {
    const named = { ...sqlite, name: 'auth' };
    const opened = await openStore(
      TypeOrmTempIDStore.register({ dataSource: 'auth' }),
      { ...sqlite, autoLoadEntities: false },
      named,
    );
    expect(await opened.store.consume('id', 1, new Date())).toEqual({ allowed: true, used: 1 });
    await opened.close();
  });

  it('uses are counted on a DataSource that a factory is given', async () => {
    const opened = await openStore(
      TypeOrmTempIDStore.registerAsync({
        inject: [getDataSourceToken()],
        useFactory: (dataSource: DataSource) => ({ dataSource }),
      }),
      { ...sqlite, autoLoadEntities: false, entities: [TempIDUse] },
    );
    expect(await opened.store.consume('id', 1, new Date())).toEqual({ allowed: true, used: 1 });
    await opened.close();
  });

  it('uses are counted in the table that a prefix names', async () => {
    const opened = await openStore(TypeOrmTempIDStore, { ...sqlite, entityPrefix: 'app_' });
    expect(await opened.store.consume('id', 1, new Date())).toEqual({ allowed: true, used: 1 });
    await opened.close();
  });

  it.each(['oracle', 'cockroachdb'])(
    'TypeOrmTempIDStore refuses at the start the driver %s, by name',
    async (type) => {
      const dataSource = { options: { type } } as DataSource;
      await expect(openStore(TypeOrmTempIDStore.register({ dataSource }))).rejects.toThrow(
        new TempIDConfigurationError(
          `TypeOrmTempIDStore does not know the driver '${type}'; it knows better-sqlite3, postgres, mysql, mariadb.`,
        ),
      );
    },
  );
});

function loggerOf(logQuery: (sql: string) => void): Logger {
  const ignore = () => {};
  return {
    logQuery,
    logQueryError: ignore,
    logQuerySlow: ignore,
    logSchemaBuild: ignore,
    logMigration: ignore,
    log: ignore,
  };
}
