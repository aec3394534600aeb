import { execFile } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DataSource, type EntityManager } from 'typeorm';
import { TempIDConfigurationError } from '../../src/index.js';
import { Account, ACCOUNT, Application } from '../support/application.js';
import { describeDatabases } from '../support/databases.js';
import { SECRET } from '../support/secrets.js';

const run = promisify(execFile);

describeDatabases('a use in a transaction of the application', (connect, database) => {
  let app: Application;

  beforeAll(async () => {
    app = await Application.start(connect, 'transactions');
  });

  afterAll(() => app.context.close());

  it('a use in a transaction is counted when that commits', async () => {
    const token = await app.tempid.mint({ maxUses: 1 });
    const isAllowed = await app.dataSource.transaction(async (manager) => {
      await app.changePassword(manager, 'committed');
      return app.tempid.use(token, { manager });
    });
    expect([isAllowed, await app.password()]).toEqual([true, 'committed']);
    expect(await app.tempid.usesInfo(token)).toEqual({ total: 1, used: 1, left: 0 });
  });

  it('a use in a transaction is not counted when that rolls back', async () => {
    const token = await app.tempid.mint({ maxUses: 1 });
    const transaction = app.dataSource.transaction(async (manager) => {
      expect(await app.tempid.use(token, { manager })).toBe(true);
      expect(await app.tempid.use(token, { manager })).toBe(false);
      throw new Error('the mail could not be sent');
    });
    await expect(transaction).rejects.toThrow('the mail could not be sent');
    expect(await app.tempid.use(token)).toBe(true);
  });

  it('a use in a transaction is refused as used up or as revoked, as outside of it', async () => {
    const [spent, revoked, unlimited] = await Promise.all([
      app.tempid.mint({ maxUses: 1 }),
      app.tempid.mint({ maxUses: 1 }),
      app.tempid.mint(),
    ]);
    await app.tempid.use(spent);
    await app.tempid.revoke(revoked);
    await app.dataSource.transaction(async (manager) => {
      const codeOf = (token: typeof spent) =>
        app.tempid.useOrThrow(token, { manager }).then(
          () => 'allowed',
          ({ code }: { code: string }) => code,
        );
      expect(await codeOf(spent)).toBe('TEMPID_EXHAUSTED');
      expect(await codeOf(revoked)).toBe('TEMPID_REVOKED');
      expect(await codeOf(unlimited)).toBe('allowed');
    });
  });

  it('a use in a transaction holds the token, which goes to the next who asks where that rolls back', async () => {
    const token = await app.tempid.mint({ maxUses: 1 });
    let next: Promise<boolean> | undefined;
    const transaction = app.dataSource.transaction(async (manager) => {
      await app.tempid.use(token, { manager });
      next = app.tempid.use(token);
      await wait(50);
      throw new Error('rolled back');
    });
    await expect(transaction).rejects.toThrow('rolled back');
    expect([await next, await app.tempid.use(token)]).toEqual([true, false]);
  });

  it('a use rejects for the manager of no open transaction, or of another connection', async () => {
    const token = await app.tempid.mint({ maxUses: 1 });
    const expected = /^'manager' must be the EntityManager of an open transaction/;
    for (const manager of [app.dataSource.manager, undefined, null, {}, 'manager']) {
      const use = app.tempid.use(token, { manager: manager as EntityManager });
      await expect(use).rejects.toThrow(TempIDConfigurationError);
      await expect(use).rejects.toThrow(expected);
    }
    const other = await new DataSource({
      type: 'better-sqlite3',
      database: ':memory:',
    }).initialize();
    await other.transaction(async (manager) => {
      await expect(app.tempid.use(token, { manager })).rejects.toThrow(
        `'manager' is one of another connection than that of TypeOrmTempIDStore.`,
      );
    });
    await other.destroy();
    expect((await app.tempid.usesInfo(token)).used).toBe(0);
  });

  it('of 200 transactions with a use of which every third rolls back, exactly maxUses commit', async () => {
    // SQLite has one connection, on which TypeORM would nest transactions that overlap.
    const atOnce = database === 'SQLite' ? 1 : 8;
    const token = await app.tempid.mint({ maxUses: 50 });
    let committed = 0;
    let tried = 0;
    const errors = new Set<string>();
    const worker = async () => {
      while (tried < 200) {
        const isBad = ++tried % 3 === 0;
        await app.dataSource
          .transaction(async (manager) => {
            if (!(await app.tempid.use(token, { manager }))) return;
            if (isBad) throw new Error('rolled back');
            committed++;
          })
          .catch((error: Error) => errors.add(error.message));
      }
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
    expect(committed).toBe(50);
    expect([...errors]).toEqual(['rolled back']);
    expect((await app.tempid.usesInfo(token)).used).toBe(50);
  });

  describe('in a process that is killed', () => {
    const program = (value: string, moment: 'before' | 'between' | 'after') => `
      import { NestFactory } from '@nestjs/core';
      import { getDataSourceToken, TypeOrmModule } from '@nestjs/typeorm';
      import { EntitySchema } from 'typeorm';
      import { TempIDModule, TempIDService } from 'nestjs-tempid';
      import { TypeOrmTempIDStore } from 'nestjs-tempid/typeorm';
      const Account = new EntitySchema(${JSON.stringify(ACCOUNT)});
      const connection = { ...${JSON.stringify(app.connection)}, entities: [Account], synchronize: false };
      const context = await NestFactory.createApplicationContext({ module: class {}, imports: [
        TypeOrmModule.forRoot(connection),
        TempIDModule.forRoot({ secret: '${SECRET}', store: TypeOrmTempIDStore }),
      ] }, { logger: ['error'] });
      const die = () => process.kill(process.pid, 'SIGKILL');
      await context.get(getDataSourceToken()).transaction(async (manager) => {
        const isAllowed = await context.get(TempIDService).use('${value}', { manager });
        if (!isAllowed) throw new Error('refused');
        if ('${moment}' === 'between') die();
        await manager.update(Account, { id: 1 }, { password: '${moment}' });
        if ('${moment}' === 'before') die();
      });
      die();`;
    const killed = async (value: string, moment: 'before' | 'between' | 'after') => {
      const source = program(value, moment);
      const child = run(process.execPath, ['--input-type=module', '--eval', source]);
      await expect(child).rejects.toMatchObject({ signal: 'SIGKILL' });
    };

    it.each(['between', 'before'] as const)(
      'a process that is killed %s the use and the commit has used no token and changed nothing',
      async (moment) => {
        const token = await app.tempid.mint({ maxUses: 1 });
        await app.dataSource.getRepository(Account).save({ id: 1, password: 'old' });
        await killed(token.value, moment);
        expect(await app.password()).toBe('old');
        expect(await app.tempid.use(token)).toBe(true);
      },
    );

    it('a process that is killed after the commit has used the token and changed the password', async () => {
      const token = await app.tempid.mint({ maxUses: 1 });
      await killed(token.value, 'after');
      expect(await app.password()).toBe('after');
      expect(await app.tempid.use(token)).toBe(false);
    });
  });
});
