import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { getDataSourceToken, TypeOrmModule, type TypeOrmModuleOptions } from '@nestjs/typeorm';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import Database from 'better-sqlite3';
import type { DataSource, QueryRunner } from 'typeorm';
import {
  type Duration,
  TempIDModule,
  TempIDService,
  TempIDStoreUnavailableError,
} from '../../src/index.js';
import { TypeOrmTempIDStore } from '../../src/stores/typeorm/index.js';
import { concurrently } from '../../src/testing/support.js';
import { SECRET } from '../support/secrets.js';

const run = promisify(execFile);
const sqlite: TypeOrmModuleOptions = {
  type: 'better-sqlite3',
  database: ':memory:',
  autoLoadEntities: true,
  synchronize: true,
};

@Module({})
class Root {}

/** A store that waits as long as it may, so that a slow machine makes none of what comes late unavailable. */
async function start({
  database = ':memory:',
  storeTimeout = '1m',
}: {
  database?: string;
  storeTimeout?: Duration;
} = {}) {
  const imports = [
    TypeOrmModule.forRoot({ ...sqlite, database } as TypeOrmModuleOptions),
    TempIDModule.forRoot({ secret: SECRET, store: TypeOrmTempIDStore, storeTimeout }),
  ];
  return NestFactory.createApplicationContext({ module: Root, imports }, { logger: false });
}

async function turnsOfTheLoop(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await Promise.resolve();
}

describe('a use beside transactions on the one connection of SQLite', () => {
  let context: Awaited<ReturnType<typeof start>>;
  let tempid: TempIDService;
  let runner: QueryRunner;
  const mint = () => tempid.mint({ maxUses: 1 });

  beforeAll(async () => {
    context = await start();
    tempid = context.get(TempIDService);
    runner = context.get<DataSource>(getDataSourceToken()).createQueryRunner();
  });

  afterAll(() => context.close());

  it('a use waits for the end of an open transaction, and is not undone by its rollback', async () => {
    const token = await mint();
    await runner.startTransaction();
    const use = tempid.use(token);
    await runner.query(`UPDATE tempid_uses SET count = count`);
    await runner.rollbackTransaction();
    expect([await use, await tempid.use(token)]).toEqual([true, false]);
  });

  it('a use is not undone by a transaction that begins at the same time, in whatever order', async () => {
    for (let turns = 0; turns < 40; turns++) {
      const token = await mint();
      const use = tempid.use(token);
      await turnsOfTheLoop(turns);
      await runner.startTransaction();
      await runner.rollbackTransaction();
      expect([await use, await tempid.use(token)]).toEqual([true, false]);
    }
  });

  it('a use is not undone by a transaction that has just begun, in whatever order', async () => {
    for (let turns = 0; turns < 40; turns++) {
      const token = await mint();
      const starting = runner.startTransaction();
      await turnsOfTheLoop(turns);
      const use = tempid.use(token);
      await starting;
      await runner.rollbackTransaction();
      expect([await use, await tempid.use(token)]).toEqual([true, false]);
    }
  });

  it('a use is counted between transactions that follow each other without a gap', async () => {
    const load = { isOver: false };
    const transactions = (async () => {
      while (!load.isOver) {
        await runner.startTransaction();
        await new Promise(setImmediate);
        await runner.commitTransaction();
      }
    })();
    const token = await tempid.mint({ maxUses: 10 });
    const uses = await concurrently(30, () => tempid.use(token));
    load.isOver = true;
    await transactions;
    expect(uses.filter(Boolean)).toHaveLength(10);
  });

  it('a use within a transaction that waits for it is refused as unavailable, with the reason', async () => {
    const impatient = await start({ storeTimeout: '1s' });
    const service = impatient.get(TempIDService);
    const own = impatient.get<DataSource>(getDataSourceToken()).createQueryRunner();
    const token = await service.mint({ maxUses: 1 });
    await own.startTransaction();
    const refused = await service.use(token).catch((error: unknown) => error);
    await own.rollbackTransaction();
    expect(refused).toBeInstanceOf(TempIDStoreUnavailableError);
    expect(String(refused)).toContain('use tokens before a transaction or after it');
    expect(await service.use(token)).toBe(true);
    await impatient.close();
  });
});

describe('uses of several processes on one SQLite file', () => {
  const directory = mkdtempSync(join(tmpdir(), 'tempid-'));
  afterAll(() => rmSync(directory, { recursive: true }));

  it('concurrent uses by several processes on one SQLite file are allowed exactly maxUses times', async () => {
    const database = join(directory, 'shared.sqlite');
    const program = (value: string, isFirst = false) => `
      import { NestFactory } from '@nestjs/core';
      import { TypeOrmModule } from '@nestjs/typeorm';
      import { TempIDModule, TempIDService } from 'nestjs-tempid';
      import { TypeOrmTempIDStore } from 'nestjs-tempid/typeorm';
      const context = await NestFactory.createApplicationContext({ module: class {}, imports: [
        TypeOrmModule.forRoot({ type: 'better-sqlite3', database: '${database}', autoLoadEntities: true, synchronize: ${isFirst} }),
        TempIDModule.forRoot({ secret: '${SECRET}', store: TypeOrmTempIDStore, storeTimeout: '1m' }),
      ] }, { logger: ['error'] });
      const tempid = context.get(TempIDService);
      const uses = await Promise.all(Array.from({ length: 200 }, () => tempid.use('${value}')));
      console.log(uses.filter(Boolean).length);
      await context.close();`;
    const evaluate = async (source: string) => {
      const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', source]);
      return Number(stdout);
    };
    const context = await start();
    const { value } = await context.get(TempIDService).mint({ maxUses: 50 });
    await context.close();

    await evaluate(program('makes the table', true));
    const allowed = await concurrently(4, () => evaluate(program(value)));
    expect(allowed.reduce((a, b) => a + b)).toBe(50);
  }, 300_000);
});

describe('a use while another process writes to the SQLite file', () => {
  const directory = mkdtempSync(join(tmpdir(), 'tempid-'));
  const database = join(directory, 'locked.sqlite');
  let context: Awaited<ReturnType<typeof start>>;
  let tempid: TempIDService;
  let other: Database.Database;

  beforeAll(async () => {
    context = await start({ database });
    tempid = context.get(TempIDService);
    other = new Database(database);
  });

  afterAll(async () => {
    other.close();
    await context.close();
    rmSync(directory, { recursive: true });
  });

  it('a use waits while another process writes to the SQLite file, and leaves the event loop free', async () => {
    const token = await tempid.mint({ maxUses: 1 });
    other.exec('BEGIN IMMEDIATE');
    const { driver } = context.get<DataSource>(getDataSourceToken());
    const connection = Reflect.get(driver, 'databaseConnection') as Database.Database;
    const pragma = jest.spyOn(connection, 'pragma');
    const tries = () => pragma.mock.calls.filter(([source]) => source === 'busy_timeout = 0');
    const use = tempid.use(token);
    while (tries().length < 3) await new Promise(setImmediate);
    other.exec('COMMIT');
    expect([await use, await tempid.use(token)]).toEqual([true, false]);
    pragma.mockRestore();
  });

  it('a use is unavailable after storeTimeout while another process writes, and is not counted later', async () => {
    const impatient = await start({ database, storeTimeout: '1s' });
    const service = impatient.get(TempIDService);
    const token = await service.mint({ maxUses: 1 });
    other.exec('BEGIN IMMEDIATE');
    const refused = await service.use(token).catch((error: unknown) => error);
    other.exec('COMMIT');
    expect(refused).toBeInstanceOf(TempIDStoreUnavailableError);
    expect(String(refused)).toContain('database is locked');
    expect(await service.use(token)).toBe(true);
    await impatient.close();
  });

  it("a use leaves the busy timeout of the application's connection as it was", async () => {
    const dataSource = context.get<DataSource>(getDataSourceToken());
    await dataSource.query('PRAGMA busy_timeout = 1234');
    await tempid.use(await tempid.mint({ maxUses: 1 }));
    expect(await dataSource.query('PRAGMA busy_timeout')).toEqual([{ timeout: 1234 }]);
  });
});
