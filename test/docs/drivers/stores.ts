import { expect } from '@jest/globals';
import { Redis } from 'ioredis';
import { MongoClient } from 'mongodb';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { DynamicModule, Type } from '@nestjs/common';
import {
  type TempIDKind,
  TempIDModule,
  TempIDService,
  type TempIDStoreOption,
} from 'nestjs-tempid';
import { DataSource } from 'typeorm';
import type { Running } from '../support/run.js';
import type { Questions } from './questions.js';

/** Uses one token twice. */
async function useTwice(tempid: TempIDService): Promise<boolean[]> {
  const token = await tempid.mint({ purpose: 'invite', maxUses: 1 });
  const use = () => tempid.use(token.value, { purpose: 'invite' });
  return [await use(), await use()];
}

/** As {@link useTwice}, in an application that has the store, and whatever else is imported. */
async function useTwiceIn(store: unknown, ...others: DynamicModule[]): Promise<boolean[]> {
  const imports = [...others, TempIDModule.forRoot({ store: store as TempIDStoreOption })];
  const root = { module: class Root {}, imports };
  return useTwice((await NestFactory.createApplicationContext(root)).get(TempIDService));
}

const ONCE = [true, false];

const countsOnce: Questions = {
  'lets a token through once': async ({ tempid }) => {
    expect(await useTwice(tempid)).toEqual(ONCE);
  },
};

const sqlite = (name?: string): DynamicModule =>
  TypeOrmModule.forRoot({
    ...(name && { name }),
    type: 'better-sqlite3',
    database: ':memory:',
    autoLoadEntities: true,
    synchronize: true,
  });

export const stores: Readonly<Record<string, Questions>> = {
  'app.module.ts': countsOnce,
  'migrated-app.module.ts': countsOnce,
  'redis-app.module.ts': countsOnce,
  'pg.store.ts': countsOnce,
  'typeorm.stores.ts': {
    'lets a token through once on each': async ({ exports }) => {
      expect(await useTwiceIn(exports['named'], sqlite('auth'))).toEqual(ONCE);
      expect(await useTwiceIn(exports['injected'], sqlite())).toEqual(ONCE);
    },
  },
  'redis.stores.ts': {
    'lets a token through once on those whose server is here': async ({ exports }) => {
      const client = new Redis(process.env['REDIS_URL'] ?? '');
      const byClient = exports['byClient'] as (client: Redis) => unknown;
      expect(await useTwiceIn(exports['byUrl'])).toEqual(ONCE);
      expect(await useTwiceIn(byClient(client))).toEqual(ONCE);
      await client.quit();
    },
  },
  'mongodb.stores.ts': {
    'lets a token through once on each': async ({ exports }) => {
      const client = await MongoClient.connect(process.env['MONGODB_URL'] ?? '');
      const byDb = exports['byDb'] as (db: unknown) => unknown;
      expect(await useTwiceIn(exports['byUrl'])).toEqual(ONCE);
      expect(await useTwiceIn(byDb(client.db()))).toEqual(ONCE);
      await client.close();
    },
  },
  'reset.module.ts': {
    'changes the password, spends the link and ends the session, or nothing': reset,
  },
};

async function reset(example: Running): Promise<void> {
  const { exports, tempid, app } = example;
  const Reset = exports['Reset'] as TempIDKind<{ userId: string }>;
  const Session = exports['Session'] as TempIDKind<null>;
  const Account = exports['Account'] as Type<{ id: string; passwordHash: string }>;
  const service = example.find(
    exports['ResetService'] as Type<{ reset(link: string, hash: string): Promise<void> }>,
  );
  const accounts = app.get(DataSource).getRepository(Account);
  await accounts.save({ id: 'ada', passwordHash: 'old' });
  const link = await tempid.mint(Reset, { userId: 'ada' });
  const session = await tempid.mint(Session, null, { subject: 'ada' });
  const isSignedIn = async () =>
    (await tempid.verify(session.value, Session, { checkUses: true })) !== null;

  await expect(service.reset(link.value, null as never)).rejects.toThrow('null value');
  expect((await tempid.usesInfo(link)).left).toBe(1);
  expect(await isSignedIn()).toBe(true);

  await service.reset(link.value, 'new');
  expect((await accounts.findOneByOrFail({ id: 'ada' })).passwordHash).toBe('new');
  expect((await tempid.usesInfo(link)).left).toBe(0);
  expect(await isSignedIn()).toBe(false);
}
