import { Logger } from '@nestjs/common';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { REVOKED_COUNT } from '../../src/index.js';
import { newId } from '../../src/testing/support.js';
import { startApp } from '../mongodb-double/app.js';
import { MongoDBDouble } from '../mongodb-double/mongodb-double.js';

const HOUR = 3_600_000;

afterEach(() => {
  jest.restoreAllMocks();
});

describe('a MongoDB whose clock is two hours ahead, on the double of MongoDB', () => {
  it('counts and revocations are kept for the whole time by a server whose clock is ahead, and the start warns of it', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    const double = await MongoDBDouble.start();
    double.clockAhead = 2 * HOUR;
    const { store, close } = await startApp({ url: double.url });
    await store.purgeExpired(new Date());
    expect(warn.mock.calls.map(String)).toEqual([
      expect.stringMatching(/^The clock of MongoDB is 2h \dm ahead of that of this process\. /),
    ]);

    const soon = new Date(Date.now() + HOUR);
    const [used, revoked, scope] = [newId(), newId(), newId()];
    const [prolonged, renewed] = [newId(), newId()];
    await store.consume(used, 1, soon, { by: 'anna' });
    await store.revoke(revoked, soon);
    await store.revokeScope(scope, { issuedUntil: 7, except: null }, soon);
    await store.prolong(prolonged, soon);
    await store.revokeIfUsed(renewed, 0, soon);
    double.collection().removeExpired(new Date(Date.now() + 2 * HOUR + 50 * 60_000));
    expect((await store.consume(used, 1, soon)).allowed).toBe(false);
    expect(await store.used(revoked)).toBe(REVOKED_COUNT);
    const issuance = { at: 7, scopes: [scope] };
    expect((await store.consume(newId(), 1, soon, { issuance })).allowed).toBe(false);
    expect(await store.usedBy(used, { limit: 1 })).toHaveLength(1);
    expect(double.collection().counts()[prolonged]).toBe(0);
    expect(await store.used(renewed)).toBe(REVOKED_COUNT);
    double.collection().removeExpired(new Date(Date.now() + 3 * HOUR + 60_000));
    expect(await store.used(revoked)).toBe(0);
    await close();
    await double.end();
  });

  it('the start does not warn of a server whose clock is right to the minute', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    const double = await MongoDBDouble.start();
    double.clockAhead = -50_000;
    const { store, close } = await startApp({ url: double.url });
    await store.purgeExpired(new Date());
    expect(warn).not.toHaveBeenCalled();
    await close();
    await double.end();
  });

  it('a count is kept for the whole time where the clock of the server was not known at the start, and the first call warns once', async () => {
    jest.spyOn(Logger.prototype, 'error').mockReturnValue();
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    const double = await MongoDBDouble.start();
    const earlier = await startApp({ url: double.url });
    await earlier.store.purgeExpired(new Date());
    await earlier.close();
    await double.stop();
    double.clockAhead = 2 * HOUR;
    const { store, close } = await startApp({ url: `${double.url}?serverSelectionTimeoutMS=300` });
    await expect(store.used(newId())).rejects.toThrow('ECONNREFUSED');
    await double.listen();

    const revoked = newId();
    await store.revoke(revoked, new Date(Date.now() + HOUR));
    double.collection().removeExpired(new Date(Date.now() + 2 * HOUR));
    expect(await store.used(revoked)).toBe(REVOKED_COUNT);
    await store.purgeExpired(new Date());
    expect(warn.mock.calls.map(String)).toEqual([expect.stringContaining('2h')]);
    await close();
    await double.end();
  });
});

describe('a MongoDB that does not say what time it is, on the double of MongoDB', () => {
  it('a store counts and purges without a warning where the server does not say what time it is', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    const double = await MongoDBDouble.start();
    double.behave = async (name, execute) =>
      name === 'hello' ? { ok: 0, code: 59, errmsg: 'no such command' } : execute();
    const { store, close } = await startApp({ url: double.url });
    expect((await store.consume(newId(), 1, new Date(Date.now() + HOUR))).allowed).toBe(true);
    expect(await store.purgeExpired(new Date())).toBe(0);
    expect(warn).not.toHaveBeenCalled();
    await close();
    await double.end();
  });
});
