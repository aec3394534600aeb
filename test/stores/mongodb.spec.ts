import { randomBytes } from 'node:crypto';
import { afterAll, describe, expect, it } from '@jest/globals';
import { MongoClient } from 'mongodb';
import { MongoTempIDStore } from '../../src/stores/mongodb/index.js';
import {
  countChangesContract,
  type OpenedStore,
  scopesContract,
  sharedUsedByContract,
  storeContract,
  usedByContract,
  usedByScopesContract,
} from '../../src/testing/index.js';
import { MongoDBDouble } from '../mongodb-double/mongodb-double.js';
import { concurrently, newId } from '../../src/testing/support.js';
import { type FullStore, openStore } from '../support/open-store.js';

const realUrl = process.env['MONGODB_URL'];
const server = realUrl ? 'MongoDB' : 'the double of MongoDB, for want of MONGODB_URL';

interface OpenedServer {
  readonly url: string;
  readonly database: string;
  close(): Promise<void>;
}

async function openServer(): Promise<OpenedServer> {
  const database = `tempid_test_${randomBytes(6).toString('hex')}`;
  if (!realUrl) {
    const double = await MongoDBDouble.start();
    return { url: double.url, database, close: () => double.end() };
  }
  const close = async () => {
    const client = new MongoClient(realUrl);
    await client.db(database).dropDatabase();
    await client.close();
  };
  return { url: realUrl, database, close };
}

async function openByUrl(): Promise<OpenedStore<FullStore>> {
  const { url, database, close } = await openServer();
  const opened = await openStore(MongoTempIDStore.register({ url, database }));
  return {
    store: opened.store,
    close: async () => {
      await opened.close();
      await close();
    },
  };
}

async function openByDb(): Promise<OpenedStore<FullStore>> {
  const { url, database, close } = await openServer();
  const client = new MongoClient(url);
  const opened = await openStore(MongoTempIDStore.register({ db: client.db(database) }));
  return {
    store: opened.store,
    close: async () => {
      await opened.close();
      await client.close();
      await close();
    },
  };
}

describe(`MongoTempIDStore by a url, on ${server}`, () => {
  storeContract(openByUrl);
  usedByContract(openByUrl);
  usedByScopesContract(openByUrl);
  countChangesContract(openByUrl);
  scopesContract(openByUrl);
});

describe(`two MongoTempIDStores on ${server}`, () => {
  let opening: Promise<OpenedServer> | undefined;
  afterAll(async () => (await opening)?.close());
  sharedUsedByContract(async () => {
    const { url, database } = await (opening ??= openServer());
    return openStore(MongoTempIDStore.register({ url, database }));
  });
});

describe(`MongoTempIDStore by a db, on ${server}`, () => {
  storeContract(openByDb);
  usedByContract(openByDb);
  usedByScopesContract(openByDb);
  countChangesContract(openByDb);
  scopesContract(openByDb);
});

describe(`several applications on ${server}`, () => {
  it('concurrent uses of one token by several applications are allowed exactly maxUses times', async () => {
    const { url, database, close } = await openServer();
    const apps = await concurrently(4, () =>
      openStore(MongoTempIDStore.register({ url, database })),
    );
    const id = newId();
    const soon = new Date(Date.now() + 3_600_000);
    const answers = await concurrently(1_000, (index) => {
      const app = apps[index % apps.length];
      if (!app) throw new Error('there is none');
      return app.store.consume(id, 50, soon);
    });
    expect(answers.filter(({ allowed }) => allowed)).toHaveLength(50);
    await Promise.all(apps.map((app) => app.close()));
    await close();
  });
});
