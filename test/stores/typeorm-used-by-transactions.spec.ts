import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DataSource, type DataSourceOptions, type EntityManager } from 'typeorm';
import { REVOKED_COUNT } from '../../src/index.js';
import {
  TempIDRevocation,
  TempIDUse,
  TempIDUsedBy,
  TypeOrmTempIDStore,
} from '../../src/stores/typeorm/index.js';
import { concurrently, longDeadline, newId, soon } from '../../src/testing/support.js';
import { common, type Connect, describeDatabases, describeServers } from '../support/databases.js';
import { type FullStore, openStore } from '../support/open-store.js';
import { SECRET } from '../support/secrets.js';

const run = promisify(execFile);
const hashOf = (by: string) => createHash('sha256').update(by).digest('base64url');

/** A store with all its tables, on a DataSource of the application. */
async function open(connect: Connect, place: string) {
  const connection = await connect(place);
  const options = {
    ...connection,
    entities: [TempIDUse, TempIDRevocation, TempIDUsedBy],
    extra: connection.type === 'postgres' ? { max: 20 } : { connectionLimit: 20 },
  } as DataSourceOptions;
  const dataSource = await new DataSource(options).initialize();
  const { store } = await openStore(
    TypeOrmTempIDStore.register({ dataSource, usedBy: true, revocations: true }),
  );
  const stateOf = async (id: string) => [await store.used(id), await namesOf(store, id)];
  const consume = (id: string, by: string, further: object = {}, maxUses = 2) =>
    store.consume(id, maxUses, soon(), { by, ...further });
  return { options, dataSource, store, stateOf, consume };
}

async function namesOf(store: FullStore, id: string): Promise<string[]> {
  return (await store.usedBy(id, { limit: 1_000 })).map(({ by }) => by);
}

describeDatabases('a use by somebody', (connect, database) => {
  let app: Awaited<ReturnType<typeof open>>;

  beforeAll(async () => {
    app = await open(connect, 'used_by_in_transactions');
  });

  afterAll(() => app.dataSource.destroy());

  it('is counted and kept when its transaction commits, and neither when that rolls back', async () => {
    const [id, undone] = [newId(), newId()];
    await app.dataSource.transaction(async (manager) => {
      expect(await app.consume(id, 'anna', { manager })).toEqual({ allowed: true, used: 1 });
    });
    const transaction = app.dataSource.transaction(async (manager) => {
      expect(await app.consume(id, 'ben', { manager })).toEqual({ allowed: true, used: 2 });
      expect(await app.consume(undone, 'ben', { manager })).toEqual({ allowed: true, used: 1 });
      throw new Error('rolled back');
    });
    await expect(transaction).rejects.toThrow('rolled back');
    expect([await app.stateOf(id), await app.stateOf(undone)]).toEqual([
      [1, ['anna']],
      [0, []],
    ]);
  });

  it('that is refused leaves the transaction as it was, which commits what else is in it', async () => {
    const [id, other, scope] = [newId(), newId(), newId()];
    const issuance = { at: 5, scopes: [scope] };
    await app.consume(id, 'anna');
    await app.consume(id, 'ben');
    await app.store.revokeScope(scope, { issuedUntil: 5, except: null }, soon());
    await app.dataSource.transaction(async (manager) => {
      await manager.insert(TempIDUse, { tokenId: other, count: 7, expiresAt: 4_000_000_000 });
      const answers = [
        await app.consume(id, 'anna', { manager }),
        await app.consume(id, 'carl', { manager }),
        await app.consume(id, 'ben', { manager, repeat: true }),
        await app.consume(newId(), 'anna', { manager, issuance }),
      ];
      expect(answers).toEqual([
        { allowed: false, used: 2, repeated: true },
        { allowed: false, used: 2 },
        { allowed: true, used: 2, repeated: true },
        { allowed: false, used: REVOKED_COUNT },
      ]);
      await app.store.refund(id, { by: 'carl', manager });
    });
    expect(await app.stateOf(id)).toEqual([2, expect.arrayContaining(['anna', 'ben'])]);
    expect(await app.store.used(other)).toBe(7);
  });

  it('is given back when the transaction of the refund commits, and not when that rolls back', async () => {
    const id = newId();
    await app.consume(id, 'anna');
    const transaction = app.dataSource.transaction(async (manager) => {
      await app.store.refund(id, { by: 'anna', manager });
      expect(await app.consume(id, 'anna', { manager })).toEqual({ allowed: true, used: 1 });
      await app.store.refund(id, { by: 'anna', manager });
      throw new Error('rolled back');
    });
    await expect(transaction).rejects.toThrow('rolled back');
    expect(await app.stateOf(id)).toEqual([1, ['anna']]);
    await app.dataSource.transaction((manager) => app.store.refund(id, { by: 'anna', manager }));
    expect(await app.stateOf(id)).toEqual([0, []]);
  });

  it('and a change of the count commit and roll back together', async () => {
    const id = newId();
    const transaction = app.dataSource.transaction(async (manager) => {
      await app.consume(id, 'anna', { manager });
      await app.store.prolong(id, new Date('2099-01-01'), { manager });
      expect(await app.store.revokeIfUsed(id, 1, soon(), { manager })).toBe(true);
      throw new Error('rolled back');
    });
    await expect(transaction).rejects.toThrow('rolled back');
    expect(await app.stateOf(id)).toEqual([0, []]);
  });

  it('of two in transactions at once by the same one counts once, and both transactions commit', async () => {
    // SQLite has one connection, on which TypeORM would nest transactions that overlap.
    const atOnce = database === 'SQLite' ? 1 : 8;
    const [id, others] = [newId(), Array.from({ length: 40 }, newId)];
    const answers: object[] = [];
    let next = 0;
    await concurrently(atOnce, async () => {
      for (let other = others[next++]; other !== undefined; other = others[next++]) {
        const tokenId = other;
        await app.dataSource.transaction(async (manager) => {
          await manager.insert(TempIDUse, { tokenId, count: 1, expiresAt: 4_000_000_000 });
          answers.push(await app.consume(id, `user ${next % 2}`, { manager, repeat: true }, 9));
        });
      }
    });
    const isFirst = ({ repeated }: { repeated?: boolean }) => !repeated;
    expect(answers.filter(isFirst)).toHaveLength(2);
    expect(await app.store.used(id)).toBe(2);
    expect(await app.store.usedOf(others)).toEqual(others.map(() => 1));
  });

  it('lets exactly 50 of 200 people in who come to two processes at once, and one who comes 20 times once', async () => {
    const second = await new DataSource(app.options).initialize();
    const registration = TypeOrmTempIDStore.register({ dataSource: second, usedBy: true });
    const stores = [app.store, (await openStore(registration)).store];
    const come = (id: string, count: number, by: (n: number) => string) =>
      concurrently(count, async (n) =>
        stores[n % 2]?.consume(id, 50, soon(), { by: by(n), ...longDeadline() }),
      );
    const [many, same] = [newId(), newId()];
    const answers = await come(many, 200, (n) => `user ${n}`);
    expect(answers.filter((answer) => answer?.allowed)).toHaveLength(50);
    expect(await app.store.used(many)).toBe(50);
    expect(await namesOf(app.store, many)).toHaveLength(50);
    const repeats = await come(same, 20, () => 'anna');
    expect(repeats.filter((answer) => answer?.allowed)).toEqual([{ allowed: true, used: 1 }]);
    expect(repeats.filter((answer) => answer?.repeated)).toHaveLength(19);
    expect(await app.stateOf(same)).toEqual([1, ['anna']]);
    await second.destroy();
  });

  it('is counted in the row that Python shares, and is refused where Python has taken the last use', async () => {
    const id = newId();
    await app.consume(id, 'anna');
    const uses = app.dataSource.getRepository(TempIDUse);
    await uses.increment({ tokenId: id }, 'count', 1);
    expect(await app.consume(id, 'ben')).toEqual({ allowed: false, used: 2 });
    expect(await uses.countBy({ tokenId: id, count: 2 })).toBe(1);
    await uses.update({ tokenId: id }, { count: REVOKED_COUNT });
    const again = await app.consume(id, 'anna', { repeat: true });
    expect(again).toEqual({ allowed: false, used: REVOKED_COUNT });
  });
});

describeServers('a use by somebody that waits until it can be kept', (connect, database) => {
  let app: Awaited<ReturnType<typeof open>>;

  beforeAll(async () => {
    app = await open(connect, 'used_by_waiting');
  });

  afterAll(() => app.dataSource.destroy());

  /** The statement that keeps somebody waits for this row of somebody else, after their use was counted. */
  const holdKept = (manager: EntityManager, tokenId: string, by: string) =>
    manager.insert(TempIDUsedBy, {
      tokenId,
      byHash: hashOf(by),
      usedBy: by,
      usedAt: 1,
      expiresAt: 4_000_000_000,
    });

  const WAITING: Record<string, { find: string; kill: (id: number) => string }> = {
    PostgreSQL: {
      find: `SELECT pid AS id FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%used_by%'`,
      kill: (id) => `SELECT pg_terminate_backend(${id})`,
    },
  };
  const { find, kill } = WAITING[database] ?? {
    find: `SELECT ID AS id FROM information_schema.processlist WHERE INFO LIKE 'INSERT INTO%used_by%ON DUPLICATE%'`,
    kill: (id: number) => `KILL ${id}`,
  };
  const waiting = async () => {
    for (;;) {
      const [found] = await app.dataSource.query(find);
      if (found) return Number(found.id);
      await wait(5);
    }
  };

  it('is neither counted nor kept where its connection is killed', async () => {
    const id = newId();
    await app.store.consume(id, 9, soon());
    let answer: unknown;
    const transaction = app.dataSource.transaction(async (manager) => {
      await holdKept(manager, id, 'anna');
      const use = app.consume(id, 'anna', longDeadline()).catch((error: unknown) => error);
      await app.dataSource.query(kill(await waiting()));
      answer = await use;
      throw new Error('rolled back');
    });
    await expect(transaction).rejects.toThrow('rolled back');
    expect(answer).toBeInstanceOf(Error);
    expect(await app.stateOf(id)).toEqual([1, []]);
    expect(await app.consume(id, 'anna')).toEqual({ allowed: true, used: 2 });
  });

  it('is neither counted nor kept where its time is over', async () => {
    const id = newId();
    await app.store.consume(id, 9, soon());
    const transaction = app.dataSource.transaction(async (manager) => {
      await holdKept(manager, id, 'anna');
      const use = app.consume(id, 'anna', { deadline: performance.now() + 1_500 });
      await expect(use).rejects.toThrow(/lock (wait )?timeout/i);
      throw new Error('rolled back');
    });
    await expect(transaction).rejects.toThrow('rolled back');
    expect(await app.consume(id, 'ben', longDeadline())).toEqual({ allowed: true, used: 2 });
    expect(await app.stateOf(id)).toEqual([2, ['ben']]);
  });

  it('goes on as repeated once the other use of the same one is kept, and leaves it to the database to take its own back', async () => {
    const id = newId();
    await app.store.consume(id, 9, soon());
    const statements: string[] = [];
    Object.assign(app.dataSource.logger, { logQuery: (sql: string) => statements.push(sql) });
    let use: ReturnType<typeof app.consume> | undefined;
    await app.dataSource.transaction(async (manager) => {
      await holdKept(manager, id, 'anna');
      use = app.consume(id, 'anna', { repeat: true, ...longDeadline() }, 9);
      await waiting();
    });
    expect(await use).toEqual({ allowed: true, used: 1, repeated: true });
    expect(await app.stateOf(id)).toEqual([1, ['anna']]);
    expect(statements.join('\n')).toContain('used_by');
    expect(statements.join('\n')).not.toMatch(/count = count - 1|DELETE/);
  });

  it('is not counted by the transaction of an application that goes on after it failed', async () => {
    const [id, other] = [newId(), newId()];
    await app.store.consume(id, 9, soon());
    const limit =
      database === 'PostgreSQL'
        ? "SET LOCAL lock_timeout = '300ms'"
        : 'SET SESSION innodb_lock_wait_timeout = 1';
    const runner = app.dataSource.createQueryRunner();
    await runner.startTransaction();
    await holdKept(runner.manager, id, 'anna');
    const transaction = app.dataSource.transaction(async (manager) => {
      await manager.query(limit);
      await manager.insert(TempIDUse, { tokenId: other, count: 1, expiresAt: 4_000_000_000 });
      await expect(app.consume(id, 'anna', { manager })).rejects.toThrow(/lock (wait )?timeout/i);
    });
    // PostgreSQL commits nothing after an error.
    await transaction;
    await runner.rollbackTransaction();
    await runner.release();
    expect(await app.stateOf(id)).toEqual([1, []]);
    expect(await app.store.used(other)).toBe(database === 'PostgreSQL' ? 0 : 1);
  });
});

describe('a use by somebody on SQLite', () => {
  it('is neither counted nor kept where its process is killed between the two', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'tempid-'));
    const database = join(directory, 'killed.sqlite');
    const connection = { ...common, type: 'better-sqlite3', database } as const;
    const app = await open(async () => connection, 'killed');
    const id = newId();
    const program = `
      import { NestFactory } from '@nestjs/core';
      import { getDataSourceToken, TypeOrmModule } from '@nestjs/typeorm';
      import { TempIDModule, TempIDStore } from 'nestjs-tempid';
      import { TypeOrmTempIDStore } from 'nestjs-tempid/typeorm';
      const context = await NestFactory.createApplicationContext({ module: class {}, imports: [
        TypeOrmModule.forRoot(${JSON.stringify({ ...connection, synchronize: false })}),
        TempIDModule.forRoot({ secret: '${SECRET}', purgeInterval: false,
          store: TypeOrmTempIDStore.register({ usedBy: true }) }),
      ] }, { logger: ['error'] });
      const { databaseConnection } = context.get(getDataSourceToken()).driver;
      databaseConnection.function('die', () => process.kill(process.pid, 'SIGKILL'));
      databaseConnection.exec('CREATE TEMP TRIGGER dying AFTER INSERT ON main.tempid_used_by BEGIN SELECT die(); END');
      await context.get(TempIDStore).consume('${id}', 5, new Date(Date.now() + 60000), { by: 'anna' });`;
    const child = run(process.execPath, ['--input-type=module', '--eval', program]);
    await expect(child).rejects.toMatchObject({ signal: 'SIGKILL' });
    expect(await app.stateOf(id)).toEqual([0, []]);
    expect(await app.consume(id, 'anna')).toEqual({ allowed: true, used: 1 });
    await app.dataSource.destroy();
    rmSync(directory, { recursive: true });
  });
});
