import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { MongoClient } from 'mongodb';
import { TempIDConfigurationError } from '../../src/index.js';
import { MongoTempIDStore, type MongoTempIDStoreOptions } from '../../src/stores/mongodb/index.js';
import { startApp } from '../mongodb-double/app.js';
import { MongoDBDouble } from '../mongodb-double/mongodb-double.js';
import { openStore } from '../support/open-store.js';
import { SECRET } from '../support/secrets.js';

const run = promisify(execFile);
const tomorrow = new Date(Date.now() + 86_400_000);

describe('the connections of MongoTempIDStore, to the double of MongoDB', () => {
  let double: MongoDBDouble;

  beforeEach(async () => {
    double = await MongoDBDouble.start();
  });

  afterEach(async () => {
    await double.end();
  });

  it('a store closes with the application the connections that it opened', async () => {
    const app = await startApp({ url: double.url });
    await app.store.consume('id', 1, tomorrow);
    expect(double.connections).toBeGreaterThan(0);
    await app.close();
    await double.left();
    await expect(app.store.consume('id', 1, tomorrow)).rejects.toThrow('closed');
    expect(double.connections).toBe(0);
  });

  it('a store leaves connections open that the application opened', async () => {
    const client = new MongoClient(double.url);
    const app = await startApp({ db: client.db() });
    await app.store.consume('id', 1, tomorrow);
    const { connections } = double;
    await app.close();
    await sleep(50);
    expect(double.connections).toBe(connections);
    expect(await client.db().command({ ping: 1 })).toEqual({ ok: 1 });
    await client.close();
  });

  it('a process with a store ends after the application is closed', async () => {
    const program = `
      import { NestFactory } from '@nestjs/core';
      import { TempIDModule, TempIDService } from 'nestjs-tempid';
      import { MongoTempIDStore } from 'nestjs-tempid/mongodb';
      const store = MongoTempIDStore.register({ url: '${double.url}' });
      const context = await NestFactory.createApplicationContext({ module: class {}, imports: [
        TempIDModule.forRoot({ secret: '${SECRET}', store }),
      ] }, { logger: ['error'] });
      const tempid = context.get(TempIDService);
      const token = await tempid.mint({ maxUses: 1 });
      const uses = [await tempid.use(token), await tempid.use(token)];
      await context.close();
      console.log(JSON.stringify(uses));`;
    // Its timers and connections would keep the process for good.
    const options = { timeout: 30_000 };
    const { stdout } = await run(
      process.execPath,
      ['--input-type=module', '--eval', program],
      options,
    );
    expect(JSON.parse(stdout)).toEqual([true, false]);
  });

  it('a store counts in the database and the collection that its options name', async () => {
    for (const [options, namespace] of [
      [{ url: double.url }, 'app.tempid_uses'],
      [{ url: double.url, database: 'other' }, 'other.tempid_uses'],
      [{ url: double.url, collection: 'tokens' }, 'app.tokens'],
    ] as const) {
      const opened = await openStore(MongoTempIDStore.register(options));
      await opened.store.consume('id', 1, tomorrow);
      expect(double.collection(namespace).counts()).toEqual({ id: 1 });
      await opened.close();
    }
  });

  it('registerAsync connects by what its factory is given or makes', async () => {
    const client = new MongoClient(double.url);
    for (const options of [{ db: client.db() }, { url: double.url }]) {
      const opened = await openStore(
        MongoTempIDStore.registerAsync({ useFactory: async () => options }),
      );
      expect((await opened.store.consume('id', 2, tomorrow)).allowed).toBe(true);
      await opened.close();
    }
    expect(double.collection().counts()).toEqual({ id: 2 });
    await client.close();
  });

  it('connections are named nestjs-tempid, unless the url has an appName', async () => {
    const names: unknown[] = [];
    double.greeted = ({ client }) => void names.push(client);
    for (const url of [double.url, `${double.url}?appName=shop`]) {
      const opened = await openStore(MongoTempIDStore.register({ url }));
      await opened.store.used('id');
      await opened.close();
    }
    expect(JSON.stringify(names)).toMatch(/"nestjs-tempid".*"shop"/);
  });
});

describe('the index of MongoTempIDStore, on the double of MongoDB', () => {
  it('the TTL index is made at the start, and again by purgeExpired where it is missing', async () => {
    const double = await MongoDBDouble.start();
    const index = { name: 'expiresAt_1', key: { expiresAt: 1 }, expireAfterSeconds: 0 };
    const indexes = () =>
      double.collection().indexes.map(({ key, ...others }) => ({
        ...others,
        key: Object.fromEntries(Object.entries(key).map(([name, order]) => [name, Number(order)])),
      }));
    const { store, lines, close } = await startApp({ url: double.url });
    while (indexes().length === 0) await sleep(5);
    await store.purgeExpired(new Date());
    expect(indexes()).toEqual([index]);
    double.collection().indexes.length = 0;
    expect(await store.purgeExpired(new Date())).toBe(0);
    expect(indexes()).toEqual([index]);
    expect(await store.purgeExpired(new Date())).toBe(0);
    expect(indexes()).toEqual([index]);
    expect(lines).toEqual([]);
    await close();
    await double.end();
  });

  it('another index in the place of the TTL index is reported at the start and by purgeExpired', async () => {
    const double = await MongoDBDouble.start();
    double.collection().createIndex({ name: 'expiresAt_1', key: {}, expireAfterSeconds: 60 });
    const { store, tempid, lines, close } = await startApp({ url: double.url });
    await expect(store.purgeExpired(new Date())).rejects.toThrow('different options');
    expect(lines).toEqual([
      expect.stringMatching(/^The index that removes old counts was not made; .*different options/),
    ]);
    expect(await tempid.use(await tempid.mint({ maxUses: 1 }))).toBe(true);
    await close();
    await double.stop();
  });
});

describe('the options of MongoTempIDStore', () => {
  const db = { databaseName: 'app', collection: () => ({}) };
  const url = 'mongodb://127.0.0.1:1/app';

  it.each<[string, unknown, string]>([
    ['none', undefined, 'needs either a url or a db'],
    ['null', null, 'needs either a url or a db'],
    ['neither a url nor a db', { collection: 'uses' }, 'needs either a url or a db'],
    ['both', { url, db }, 'needs either a url or a db'],
    ['a url that is missing', { url: undefined }, `'url' must be a string that is not empty`],
    ['a db that is missing', { db: undefined }, `connection.db of mongoose once it is connected`],
    ['a client for a db', { db: { db: () => db } }, `'db' must be a Db`],
    [
      'a connection of mongoose',
      { db: { name: 'app', collection: () => {} } },
      `'db' must be a Db`,
    ],
    ['an empty database', { url, database: '' }, `'database' must be a string that is not empty`],
    ['a database with a space', { url, database: 'a b' }, `'database' must be a name`],
    ['a collection with a dollar', { url, collection: '$uses' }, `'collection' must be a name`],
    ['a collection of the system', { url, collection: 'system.a' }, `'collection' must be a name`],
    ['a database beside a db', { db, database: 'app' }, `has no option 'database'`],
    ['an empty collection', { db, collection: '' }, `'collection' must be a string`],
    ['one that there is not', { url, ttl: 1 }, `The options are url, database, collection.`],
  ])(
    'the options %s are refused, and the error says what they should be',
    (_, options, message) => {
      const register = () => MongoTempIDStore.register(options as MongoTempIDStoreOptions);
      expect(register).toThrow(TempIDConfigurationError);
      expect(register).toThrow(message);
    },
  );

  it('options that a factory makes are checked as well', async () => {
    const useFactory = () => ({ url, ttl: 1 });
    await expect(openStore(MongoTempIDStore.registerAsync({ useFactory }))).rejects.toThrow(
      `has no option 'ttl'`,
    );
  });

  it('the error for a url that the driver does not take holds no password', async () => {
    for (const wrong of [
      'mongodb://user:hunter/2@127.0.0.1:1/app',
      'redis://user:hunter/2@127.0.0.1:1/app',
      'mongodb://user:hunter%2@127.0.0.1:1/app',
      'mongodb://user:hunter2@127.0.0.1:1/app?maxPoolSize=hunter2',
      'hunter2',
    ]) {
      const error = await openStore(MongoTempIDStore.register({ url: wrong })).catch(
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(TempIDConfigurationError);
      expect(String(error)).toContain(`The driver of MongoDB does not take the 'url'`);
      expect(JSON.stringify([String(error), (error as Error).cause])).not.toMatch(/hunter/);
    }
  });
});
