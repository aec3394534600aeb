import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Double, Int32, Long } from 'bson';
import { MongoClient } from 'mongodb';
import { REVOKED_COUNT } from '../../src/index.js';
import { concurrently, newId } from '../../src/testing/support.js';
import { type App, startApp } from '../mongodb-double/app.js';
import type { Fields } from '../mongodb-double/fields.js';
import { carryOut, MongoDBDouble } from '../mongodb-double/mongodb-double.js';

const moment = Date.now();
const hours = (count: number) => new Date(moment + count * 3_600_000);
const REFUSED = { allowed: false, used: REVOKED_COUNT };

describe('what MongoTempIDStore revokes of a scope, on the double of MongoDB', () => {
  let double: MongoDBDouble;
  let app: App;
  let store: App['store'];

  const documentOf = (scope: string) => double.collection().documents.get(`group:${scope}`);
  const insert = (scope: string, issuedUntil: unknown, expiresAt = hours(1)) => {
    const id = `group:${scope}`;
    double.collection().documents.set(id, { _id: id, issuedUntil, except: null, expiresAt });
  };
  const revoke = (scope: string, issuedUntil: number, keepUntil = hours(1), except?: string) =>
    store.revokeScope(scope, { issuedUntil, except: except ?? null }, keepUntil);
  const issuanceOf = (...scopes: string[]) => ({ issuance: { at: moment, scopes } });
  /** What the double was sent meanwhile. */
  const sentBy = async (act: () => Promise<unknown>) => {
    const { length } = double.received;
    await act();
    return double.received.slice(length).map(({ name }) => name);
  };
  /** The first time that the double is about to insert, it does this before. */
  const overtakenOnce = (act: () => void) => {
    double.beforeInsert = () => {
      double.beforeInsert = () => {};
      act();
    };
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

  it('a revocation of a scope is one document, which the TTL index removes at its time and no sooner', async () => {
    const [scope, id] = [newId(), newId()];
    await revoke(scope, moment, hours(1), id);
    expect(documentOf(scope)).toEqual({
      _id: `group:${scope}`,
      issuedUntil: new Double(moment),
      except: id,
      expiresAt: hours(1),
    });
    double.collection().removeExpired(new Date(hours(1).getTime() - 1));
    expect(await store.used(newId(), issuanceOf(scope))).toBe(REVOKED_COUNT);
    double.collection().removeExpired(hours(1));
    expect(await store.used(newId(), issuanceOf(scope))).toBe(0);
  });

  it('a revocation of a scope is kept until the latest moment of all revocations of that scope', async () => {
    const scope = newId();
    await revoke(scope, moment, hours(2));
    await revoke(scope, moment + 1, hours(1));
    expect(documentOf(scope)).toMatchObject({ issuedUntil: new Double(moment + 1) });
    expect(documentOf(scope)).toMatchObject({ expiresAt: hours(2) });
    await revoke(scope, moment - 1, hours(3));
    expect(documentOf(scope)).toMatchObject({ issuedUntil: new Double(moment + 1) });
    expect(documentOf(scope)).toMatchObject({ expiresAt: hours(3) });
    await revoke(scope, moment - 1, hours(1));
    expect(documentOf(scope)).toMatchObject({ expiresAt: hours(3) });
  });

  it('a revocation of a scope is one command, and two where a later one is there', async () => {
    const scope = newId();
    expect(await sentBy(() => revoke(scope, moment))).toEqual(['update']);
    expect(await sentBy(() => revoke(scope, moment + 1))).toEqual(['update']);
    expect(await sentBy(() => revoke(scope, moment))).toEqual(['update', 'findAndModify']);
  });

  it.each([
    ['an earlier one', moment - 1],
    ['one of the same moment', moment],
  ])(
    'a revocation of a scope replaces %s that is inserted just before it',
    async (_, issuedUntil) => {
      const [scope, id] = [newId(), newId()];
      overtakenOnce(() => insert(scope, new Double(issuedUntil), hours(2)));
      await revoke(scope, moment, hours(1), id);
      expect(documentOf(scope)).toMatchObject({ issuedUntil: new Double(moment), except: id });
      expect(documentOf(scope)).toMatchObject({ expiresAt: hours(2) });
    },
  );

  it('a revocation of a scope gives way to a later one that is inserted just before it, and prolongs it', async () => {
    const [scope, id] = [newId(), newId()];
    overtakenOnce(() => insert(scope, new Double(moment + 1), hours(1)));
    await revoke(scope, moment, hours(2), id);
    expect(documentOf(scope)).toMatchObject({ issuedUntil: new Double(moment + 1), except: null });
    expect(documentOf(scope)).toMatchObject({ expiresAt: hours(2) });
  });

  it('a revocation of a scope is written again where a later one is removed meanwhile, and not tried for ever', async () => {
    const scope = newId();
    const removedBefore = (times: number) => {
      let left = times;
      double.behave = (name, execute) => {
        if (name === 'findAndModify' && left-- > 0) {
          double.collection().documents.delete(`group:${scope}`);
        }
        return execute();
      };
    };
    insert(scope, new Double(moment + 1));
    removedBefore(1);
    await revoke(scope, moment);
    expect(documentOf(scope)).toMatchObject({ issuedUntil: new Double(moment) });
    double.beforeInsert = () => insert(scope, new Double(moment + 1));
    double.collection().documents.delete(`group:${scope}`);
    removedBefore(1_000);
    await expect(revoke(scope, moment)).rejects.toThrow('removed again and again');
  });

  it('of many concurrent revocations of a scope the latest moment and the longest time are kept', async () => {
    const apps = await concurrently(3, () => startApp({ url: double.url }));
    const scopes = Array.from({ length: 10 }, newId);
    const revocations = Array.from({ length: 300 }, (_, index) => ({
      scope: scopes[index % scopes.length] ?? '',
      issuedUntil: moment + Math.floor(Math.random() * 10),
      keepUntil: hours(1 + Math.random()),
      except: newId(),
    }));
    await Promise.all(
      revocations.map(async ({ scope, keepUntil, ...revocation }, index) => {
        await apps[index % apps.length]?.store.revokeScope(scope, revocation, keepUntil);
      }),
    );
    for (const scope of scopes) {
      const own = revocations.filter((revocation) => revocation.scope === scope);
      const latest = Math.max(...own.map(({ issuedUntil }) => issuedUntil));
      const longest = Math.max(...own.map(({ keepUntil }) => keepUntil.getTime()));
      expect(documentOf(scope)).toMatchObject({
        issuedUntil: new Double(latest),
        expiresAt: new Date(longest),
      });
      const excepts = own.filter(({ issuedUntil }) => issuedUntil === latest);
      expect(excepts.map(({ except }) => except)).toContain(documentOf(scope)?.['except']);
    }
    await Promise.all(apps.map(({ close }) => close()));
  });

  it('revocations of scopes are read together with the count, at the same moment', async () => {
    const id = newId();
    let isSent = () => {};
    const both = new Promise<void>((resolve) => (isSent = resolve));
    const names = new Set<string>();
    double.behave = async (name, execute) => {
      if (name !== 'find' && name !== 'findAndModify') return execute();
      names.add(name);
      if (names.size === 2) isSent();
      await both;
      return execute();
    };
    expect(await store.consume(id, 1, hours(1), issuanceOf(newId(), newId()))).toEqual({
      allowed: true,
      used: 1,
    });
    expect(names).toEqual(new Set(['find', 'findAndModify']));
  });

  it('revocations of scopes are not read for a token without scopes', async () => {
    const consume = (options?: object) => store.consume(newId(), 1, hours(1), options);
    expect(await sentBy(() => consume())).toEqual(['findAndModify']);
    expect(await sentBy(() => consume(issuanceOf()))).toEqual(['findAndModify']);
    expect(await sentBy(() => store.used(newId(), issuanceOf()))).toEqual(['find']);
  });

  it('a use of a token with a revoked scope is refused, and its count stays as it was', async () => {
    const [id, scope] = [newId(), newId()];
    await store.consume(id, 1, hours(1));
    await revoke(scope, moment);
    expect(await store.consume(id, 1, hours(1), issuanceOf(scope))).toEqual(REFUSED);
    expect(await store.consume(id, 2, hours(1), issuanceOf(scope))).toEqual(REFUSED);
    expect(await store.used(id)).toBe(1);
  });

  it.each<[string, Fields | 'cut']>([
    ['an error', { ok: 0, code: 13, codeName: 'Unauthorized', errmsg: 'not authorized on app' }],
    ['the end of the connection', 'cut'],
  ])(
    'a use is not allowed where the revocations of its scopes cannot be read: %s',
    async (_, outcome) => {
      double.behave = (name, execute) => (name === 'find' ? outcome : execute());
      const [id, options] = [newId(), issuanceOf(newId())];
      await expect(store.consume(id, 1, hours(1), options)).rejects.toThrow(
        /not authorized|closed/,
      );
      await expect(store.used(id, options)).rejects.toThrow(/not authorized|closed/);
      double.behave = carryOut;
      expect(await store.used(id)).toBe(0);
    },
  );

  it('a use that could not be counted is not allowed, though no scope was revoked', async () => {
    double.behave = (name, execute) => (name === 'findAndModify' ? 'cut' : execute());
    await expect(store.consume(newId(), 1, hours(1), issuanceOf(newId()))).rejects.toThrow(
      'closed',
    );
  });

  it.each([
    ['a text', 'later'],
    ['null', null],
    ['nothing', undefined],
    ['a date', hours(1)],
  ])(
    'a revocation whose moment is not a number, but %s, ends every token of its scope',
    async (_, issuedUntil) => {
      const scope = newId();
      insert(scope, issuedUntil);
      expect(await store.consume(newId(), 1, hours(1), issuanceOf(newId(), scope))).toEqual(
        REFUSED,
      );
      await expect(revoke(scope, moment)).rejects.toThrow('again and again');
    },
  );

  it('a revocation whose moment is a number of any BSON type is read', async () => {
    for (const [issuedUntil, used] of [
      [new Int32(1), 0],
      [new Double(moment - 0.5), 0],
      [Long.fromNumber(moment - 1), 0],
      [Long.fromNumber(moment), REVOKED_COUNT],
      [new Double(moment + 0.5), REVOKED_COUNT],
    ] as const) {
      const scope = newId();
      insert(scope, issuedUntil);
      expect(await store.used(newId(), issuanceOf(scope))).toBe(used);
    }
  });

  it('revocations are written with majority and read from the primary, whatever the database is set to', async () => {
    const replicaSet = await MongoDBDouble.start('members');
    const client = new MongoClient(replicaSet.url, { w: 0 });
    const db = client.db('app', { readPreference: 'secondary', writeConcern: { w: 1 } });
    const given = await startApp({ db });
    const scope = newId();
    for (const issuedUntil of [moment, moment - 1]) {
      await given.store.revokeScope(scope, { issuedUntil, except: null }, hours(1));
    }
    expect(await given.store.used(newId(), issuanceOf(scope))).toBe(REVOKED_COUNT);
    const sent = replicaSet.received.filter(({ name }) => name !== 'createIndexes');
    const majority = { w: 'majority', j: true };
    expect(sent.map(({ name, command }) => [name, command['writeConcern']])).toEqual([
      ['update', majority],
      ['update', majority],
      ['findAndModify', majority],
      ['find', undefined],
      ['find', undefined],
    ]);
    await given.close();
    await client.close();
    await replicaSet.end();
  });

  it('revokeScope rejects while no majority has confirmed the revocation', async () => {
    const scope = newId();
    const writeConcernError = { code: 64, errmsg: 'waiting for replication timed out' };
    double.behave = async (_, execute) => ({ ...(await execute()), writeConcernError });
    await expect(revoke(scope, moment)).rejects.toThrow('waiting for replication');
    await expect(revoke(scope, moment - 1)).rejects.toThrow('waiting for replication');
  });
});
