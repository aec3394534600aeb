import { setTimeout as wait } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { TempIDStoreUnavailableError } from '../../src/index.js';
import { Application } from '../support/application.js';
import {
  common,
  type Connect,
  describeDatabases,
  MYSQL,
  MYSQL_TYPE,
} from '../support/databases.js';
import { describeWith } from '../support/services.js';

describeDatabases('a use beside a transaction that holds the same token', (connect) => {
  it.each(['commits', 'rolls back'])(
    'a use is unavailable after storeTimeout while a transaction holds its token, and is not counted late when that %s',
    async (end) => {
      const app = await Application.start(connect, `beside_${end.replace(' ', '_')}`);
      const token = await app.tempid.mint({ maxUses: 2 });
      let refused: unknown;
      const transaction = app.dataSource.transaction(async (manager) => {
        expect(await app.tempid.use(token, { manager })).toBe(true);
        refused = await app.tempid.use(token).catch((error: unknown) => error);
        if (end === 'rolls back') throw new Error('rolled back');
      });
      await transaction.catch(() => {});
      expect(refused).toBeInstanceOf(TempIDStoreUnavailableError);
      // A use that was answered as unavailable is not counted.
      await wait(100);
      expect((await app.tempid.usesInfo(token)).used).toBe(end === 'commits' ? 1 : 0);
      await app.context.close();
    },
  );
});

describeWith(process.env['TEST_MYSQL_URL'], `a use on a connection of ${MYSQL}`, (url) => {
  it.each(['mysql', 'mariadb'] as const)(
    'a use that waits for a lock in vain is not counted later with the driver type %s',
    async (type) => {
      const app = await Application.start(
        async (place) => ({ ...common, type, url, entityPrefix: `${place}_` }),
        `named_${type}`,
      );
      const token = await app.tempid.mint({ maxUses: 2 });
      await app.dataSource.transaction(async (manager) => {
        expect(await app.tempid.use(token, { manager })).toBe(true);
        await expect(app.tempid.use(token)).rejects.toThrow(/Lock wait timeout exceeded/);
      });
      expect([await app.tempid.use(token), await app.tempid.use(token)]).toEqual([true, false]);
      await app.context.close();
    },
  );

  it("a use leaves the session's innodb_lock_wait_timeout as it was, also where it waited for a lock in vain", async () => {
    const app = await Application.start(
      async (place) => ({
        ...common,
        type: MYSQL_TYPE,
        url,
        entityPrefix: `${place}_`,
        poolSize: 2,
      }),
      'limits',
    );
    const token = await app.tempid.mint({ maxUses: 2 });
    const { dataSource } = app;
    const runners = [dataSource.createQueryRunner(), dataSource.createQueryRunner()];
    for (const runner of runners) await runner.query('SET innodb_lock_wait_timeout = 37');
    await Promise.all(runners.map((runner) => runner.release()));
    await app.tempid.use(token);
    await dataSource.transaction(async (manager) => {
      await app.tempid.use(token, { manager });
      await expect(app.tempid.use(token)).rejects.toThrow(/Lock wait timeout exceeded/);
    });
    const again = [dataSource.createQueryRunner(), dataSource.createQueryRunner()];
    const limits = again.map((runner) => runner.query('SELECT @@innodb_lock_wait_timeout AS s'));
    expect(await Promise.all(limits)).toEqual([[{ s: '37' }], [{ s: '37' }]]);
    await Promise.all(again.map((runner) => runner.release()));
    await app.context.close();
  });
});

describeDatabases('a use in a transaction that the database has ended', (connect, database) => {
  it('a use in a transaction that the database has ended rejects with TempIDStoreUnavailableError', async () => {
    const app = await Application.start(connect, 'ended');
    const token = await app.tempid.mint({ maxUses: 1 });
    const ending = {
      SQLite: 'ROLLBACK',
      PostgreSQL: 'SELECT no_such_column',
      MariaDB: 'CREATE TABLE ended_by_ddl (id int)',
      MySQL: 'CREATE TABLE ended_by_ddl (id int)',
    }[database];
    const transaction = app.dataSource.transaction(async (manager) => {
      await manager.query(ending ?? '').catch(() => {});
      await app.tempid.use(token, { manager });
    });
    await expect(transaction).rejects.toThrow(TempIDStoreUnavailableError);
    await app.context.close();
  });
});

describeDatabases('a use on a connection', (connect, database) => {
  it('a use on a connection with a transaction left open is refused as unavailable, and the next one counts', async () => {
    const single: Connect = async (place) => ({ ...(await connect(place)), poolSize: 1 }) as never;
    const app = await Application.start(single, 'left_open');
    const token = await app.tempid.mint({ maxUses: 1 });
    const runner = app.dataSource.createQueryRunner();
    await runner.query(database === 'SQLite' ? 'BEGIN' : 'START TRANSACTION');
    await runner.release();
    await expect(app.tempid.use(token)).rejects.toThrow(/open transaction/);
    if (database === 'SQLite') await app.dataSource.query('ROLLBACK');
    expect([await app.tempid.use(token), await app.tempid.use(token)]).toEqual([true, false]);
    await app.context.close();
  });
});
