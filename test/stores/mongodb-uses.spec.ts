import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Int32 } from 'bson';
import { MongoClient } from 'mongodb';
import { REVOKED_COUNT, TempIDConfigurationError } from '../../src/index.js';
import { type App, startApp } from '../mongodb-double/app.js';
import type { Fields } from '../mongodb-double/fields.js';
import { carryOut, MongoDBDouble } from '../mongodb-double/mongodb-double.js';
import { atMoment, newId } from '../../src/testing/support.js';

const tomorrow = new Date(Date.now() + 86_400_000);

describe('a use of MongoTempIDStore, on the double of MongoDB', () => {
  let double: MongoDBDouble;
  let app: App;
  let store: App['store'];

  const insert = (id: string, count: number) =>
    double
      .collection()
      .documents.set(id, { _id: id, count: new Int32(count), expiresAt: tomorrow });
  const remove = (id: string) => double.collection().documents.delete(id);
  const countOf = (id: string) => double.collection().counts()[id];
  /** What the double was sent meanwhile. */
  const sentBy = async (act: () => Promise<unknown>) => {
    const { length } = double.received;
    await act();
    return double.received.slice(length).map(({ name }) => name);
  };

  beforeAll(async () => {
    double = await MongoDBDouble.start();
    app = await startApp({ url: double.url });
    store = app.store;
    await store.purgeExpired(new Date());
  });

  afterEach(() => {
    double.beforeInsert = () => {};
    double.behave = carryOut;
  });

  afterAll(async () => {
    await app.close();
    await double.end();
  });

  it('who used a token is part of the document of its count, under a hash', async () => {
    const id = newId();
    const moment = Date.now();
    await store.consume(id, 3, tomorrow);
    const hash = createHash('sha256').update('anna').digest('base64url');
    await atMoment(moment, () => store.consume(id, 3, tomorrow, { by: 'anna' }));
    const document = { _id: id, expiresAt: tomorrow };
    expect(double.collection().documents.get(id)).toEqual({
      ...document,
      count: new Int32(2),
      users: new Int32(1),
      usedBy: { [hash]: { by: 'anna', at: new Date(moment) } },
    });
    await store.refund(id, { by: 'anna' });
    expect(double.collection().documents.get(id)).toEqual({
      ...document,
      count: new Int32(1),
      users: new Int32(0),
      usedBy: {},
    });
  });

  it('an allowed use of somebody is one command, and another of the same one writes nothing', async () => {
    const id = newId();
    const options = { by: 'anna', repeat: true } as const;
    expect(await sentBy(() => store.consume(id, 2, tomorrow, options))).toEqual(['findAndModify']);
    const used = double.collection().documents.get(id);
    expect(await sentBy(() => store.consume(id, 2, tomorrow, options))).toEqual([
      'findAndModify',
      'find',
    ]);
    expect(double.collection().documents.get(id)).toBe(used);
  });

  it('a token is refused to one more than the 10,000 whom its document may hold, and still knows the others', async () => {
    const id = newId();
    await store.consume(id, 20_000, tomorrow, { by: 'anna' });
    const document = double.collection().documents.get(id) ?? {};
    double.collection().documents.set(id, { ...document, users: new Int32(9_999) });
    await store.consume(id, 20_000, tomorrow, { by: 'ben' });
    for (let time = 0; time < 2; time++) {
      const more = store.consume(id, 20_000, tomorrow, { by: 'carl' });
      await expect(more).rejects.toThrow(TempIDConfigurationError);
    }
    expect(countOf(id)).toBe(2);
    const again = await store.consume(id, 20_000, tomorrow, { by: 'anna', repeat: true });
    expect(again).toEqual({ allowed: true, used: 2, repeated: true });
    await store.refund(id, { by: 'ben' });
    expect(await store.consume(id, 20_000, tomorrow, { by: 'carl' })).toEqual({
      allowed: true,
      used: 2,
    });
  });

  it('one who comes twice at their first use is counted once, where the other use is inserted just before', async () => {
    const id = newId();
    let isFirst = true;
    const uses: Promise<unknown>[] = [];
    double.beforeInsert = () => {
      if (!isFirst) return;
      isFirst = false;
      uses.push(store.consume(id, 5, tomorrow, { by: 'anna' }));
    };
    uses.push(store.consume(id, 5, tomorrow, { by: 'anna' }));
    await uses[0];
    const answers = await Promise.all(uses);
    expect(answers).toContainEqual({ allowed: true, used: 1 });
    expect(answers).toContainEqual({ allowed: false, used: 1, repeated: true });
    expect(countOf(id)).toBe(1);
  });

  it('a token that was never used is revoked as such where its count is inserted just before', async () => {
    const id = newId();
    double.beforeInsert = () => void insert(id, 0);
    expect(await store.revokeIfUsed(id, 0, tomorrow)).toBe(true);
    expect(countOf(id)).toBe(REVOKED_COUNT);
    const used = newId();
    double.beforeInsert = () => void insert(used, 1);
    expect(await store.revokeIfUsed(used, 0, tomorrow)).toBe(false);
    expect(countOf(used)).toBe(1);
  });

  it('who used a token is not told by a document that names nobody', async () => {
    const id = newId();
    await store.consume(id, 3, tomorrow, { by: 'anna' });
    const document = double.collection().documents.get(id) ?? {};
    double.collection().documents.set(id, { ...document, usedBy: { anna: { by: 'anna' } } });
    await expect(store.usedBy(id, { limit: 1 })).rejects.toThrow('the server gave nobody');
  });

  it('a count is kept as an int32, with the moment when it is over', async () => {
    const id = newId();
    await store.consume(id, 3, tomorrow);
    await store.consume(id, 3, new Date());
    expect(double.collection().documents.get(id)).toEqual({
      _id: id,
      count: new Int32(2),
      expiresAt: tomorrow,
    });
    await store.revoke(id, new Date());
    expect(double.collection().documents.get(id)).toEqual({
      _id: id,
      count: new Int32(REVOKED_COUNT),
      expiresAt: tomorrow,
    });
  });

  it('an allowed use is one command, and a refused one writes nothing', async () => {
    const id = newId();
    expect(await sentBy(() => store.consume(id, 2, tomorrow))).toEqual(['findAndModify']);
    expect(await sentBy(() => store.consume(id, 2, tomorrow))).toEqual(['findAndModify']);
    const spent = double.collection().documents.get(id);
    expect(await sentBy(() => store.consume(id, 2, tomorrow))).toEqual(['findAndModify', 'find']);
    expect(double.collection().documents.get(id)).toBe(spent);
  });

  it('counts are written with majority and read from the primary, whatever the database is set to', async () => {
    const replicaSet = await MongoDBDouble.start('members');
    const client = new MongoClient(replicaSet.url, { w: 0 });
    const db = client.db('app', { readPreference: 'secondary', writeConcern: { w: 1 } });
    const given = await startApp({ db });
    const id = newId();
    await given.store.purgeExpired(new Date());
    await given.store.consume(id, 1, tomorrow);
    await given.store.refund(id);
    await given.store.revoke(id, tomorrow);
    expect(await given.store.used(id)).toBe(REVOKED_COUNT);
    const majority = { w: 'majority', j: true };
    const writes = replicaSet.received.filter(({ name }) => name !== 'find');
    const concerns = writes.map(({ name, command }) => [name, command['writeConcern']]);
    expect(Object.fromEntries(concerns)).toEqual({
      createIndexes: majority,
      findAndModify: majority,
      update: majority,
    });
    await given.close();
    await client.close();
    await replicaSet.end();
  });

  it('a first use is allowed where another one is inserted just before it, while uses are left', async () => {
    const id = newId();
    double.beforeInsert = () => void insert(id, 1);
    expect(await store.consume(id, 2, tomorrow)).toEqual({ allowed: true, used: 2 });
    expect(countOf(id)).toBe(2);
  });

  it('a first use is refused where another one is inserted just before it and was the only one', async () => {
    const id = newId();
    double.beforeInsert = () => void insert(id, 1);
    expect(await store.consume(id, 1, tomorrow)).toEqual({ allowed: false, used: 1 });
    expect(countOf(id)).toBe(1);
  });

  it('a use is refused where the last one is counted between its insertion and its second attempt', async () => {
    const id = newId();
    double.beforeInsert = () => void insert(id, 1);
    double.behave = async (name, execute) => {
      const answer = await execute();
      if (name === 'find') insert(id, 2);
      return answer;
    };
    expect(await store.consume(id, 2, tomorrow)).toEqual({ allowed: false, used: 2 });
  });

  it('a use that came too late is refused, also where one is refunded at that moment', async () => {
    const id = newId();
    let finds = 0;
    double.beforeInsert = () => void insert(id, 1);
    double.behave = async (name, execute) => {
      if (name !== 'find') return execute();
      if (++finds === 2) insert(id, 1);
      const answer = await execute();
      if (finds === 1) insert(id, 2);
      return answer;
    };
    expect(await store.consume(id, 2, tomorrow)).toEqual({ allowed: false, used: 2 });
    expect(finds).toBe(2);
  });

  it('a use of a token that is revoked before its insertion is refused as revoked, and not as used up', async () => {
    const id = newId();
    double.beforeInsert = () => void insert(id, REVOKED_COUNT);
    expect(await store.consume(id, 2, tomorrow)).toEqual({ allowed: false, used: REVOKED_COUNT });
  });

  it('a use is counted anew where its count is removed meanwhile, and not tried for ever', async () => {
    const id = newId();
    const overtaken = (times: number) => {
      let left = times;
      double.beforeInsert = () => {
        if (left-- > 0) insert(id, 1);
      };
      double.behave = (name, execute) => {
        if (name === 'find') remove(id);
        return execute();
      };
    };
    overtaken(2);
    expect(await store.consume(id, 1, tomorrow)).toEqual({ allowed: true, used: 1 });
    remove(id);
    overtaken(1_000);
    await expect(store.consume(id, 1, tomorrow)).rejects.toThrow('removed again and again');
  });

  it('a use is not allowed by an answer without a count', async () => {
    for (const value of [null, {}, { count: 'one' }, { count: null }, { count: -1 }]) {
      double.behave = (name, execute) =>
        name === 'findAndModify' ? ({ value, ok: 1 } satisfies Fields) : execute();
      await expect(store.consume(newId(), 1, tomorrow)).rejects.toThrow('gave no count');
    }
  });

  it('a use is not allowed while no majority has confirmed it', async () => {
    const id = newId();
    const writeConcernError = { code: 64, errmsg: 'waiting for replication timed out' };
    double.behave = async (name, execute) =>
      name === 'findAndModify' ? { ...(await execute()), writeConcernError } : execute();
    await expect(store.consume(id, 1, tomorrow)).rejects.toThrow('waiting for replication');
    expect(countOf(id)).toBe(1);
  });

  it('a use rejects with what the server says against it', async () => {
    double.behave = (name, execute) =>
      name === 'findAndModify'
        ? { ok: 0, code: 13, codeName: 'Unauthorized', errmsg: 'not authorized on app' }
        : execute();
    await expect(store.consume(newId(), 1, tomorrow)).rejects.toThrow('not authorized on app');
  });

  it('revoke is run again where the id is inserted at the same moment', async () => {
    const id = newId();
    let isFirst = true;
    double.behave = (name, execute) => {
      if (name !== 'update' || !isFirst) return execute();
      isFirst = false;
      return { n: 0, writeErrors: [{ index: 0, code: 11_000, errmsg: 'E11000' }], ok: 1 };
    };
    await store.revoke(id, tomorrow);
    expect(countOf(id)).toBe(REVOKED_COUNT);
  });

  it('a use of a revoked token is refused where the revocation and a first use met', async () => {
    const id = newId();
    double.beforeInsert = () => {
      double.beforeInsert = () => {};
      insert(id, 1);
    };
    await store.revoke(id, tomorrow);
    expect(countOf(id)).toBe(REVOKED_COUNT);
    expect(await store.consume(id, 5, tomorrow)).toEqual({ allowed: false, used: REVOKED_COUNT });
  });

  it('a count is removed when its time has come, and no sooner', async () => {
    const id = newId();
    await store.consume(id, 1, tomorrow);
    double.collection().removeExpired(new Date(tomorrow.getTime() - 1));
    expect(await store.used(id)).toBe(1);
    double.collection().removeExpired(tomorrow);
    expect(await store.used(id)).toBe(0);
  });
});
