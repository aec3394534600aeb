import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { Redis as Redis6 } from 'ioredis-6';
import { startPrivate } from '../../scripts/services/index.mjs';
import { RedisTempIDStore } from '../../src/stores/redis/index.js';
import { type FullStore, openStore } from '../support/open-store.js';
import { atMoment, newId } from '../../src/testing/support.js';
import { describeWith } from '../support/services.js';
import {
  countChangesContract,
  type OpenedStore,
  scopesContract,
  sharedUsedByContract,
  storeContract,
  usedByContract,
  usedByScopesContract,
} from '../../src/testing/index.js';
import { openService } from './redis/open-service.js';
import { describeServers, started } from './redis/server.js';

const url = process.env['TEST_REDIS_URL'];

describeWith(url, 'RedisTempIDStore on a connection of its own', (address) => {
  storeContract(() => openStore(RedisTempIDStore.register({ url: address })));
  scopesContract(() => openStore(RedisTempIDStore.register({ url: address })));
  usedByContract(() => openStore(RedisTempIDStore.register({ url: address })));
  usedByScopesContract(() => openStore(RedisTempIDStore.register({ url: address })));
  countChangesContract(() => openStore(RedisTempIDStore.register({ url: address })));
  sharedUsedByContract(() => openStore(RedisTempIDStore.register({ url: address })));
});

describeWith(url, 'RedisTempIDStore with the options of ioredis', (address) => {
  const { hostname, port, pathname, username, password } = new URL(address);
  const redis = {
    host: hostname,
    port: Number(port || 6379),
    db: Number(pathname.slice(1)),
    ...(username && { username }),
    ...(password && { password }),
  };
  storeContract(() => openStore(RedisTempIDStore.register({ redis })));
  usedByContract(() => openStore(RedisTempIDStore.register({ redis })));
});

describe.each([
  ['5', (address: string) => new Redis(address)],
  ['6', (address: string) => new Redis6(address)],
])('with ioredis %s', (version, connect) => {
  describeWith(url, `RedisTempIDStore on a client of ioredis ${version}`, (address) => {
    const open = async (): Promise<OpenedStore<FullStore>> => {
      const client = connect(address);
      const { store, close } = await openStore(RedisTempIDStore.register({ client }));
      return {
        store,
        close: async () => {
          await close();
          await client.quit();
        },
      };
    };
    storeContract(open);
    scopesContract(open);
    usedByContract(open);
    usedByScopesContract(open);
    countChangesContract(open);
  });
});

describeWith(url, 'RedisTempIDStore with numbers that come as texts', (address) => {
  const { hostname: host, port } = new URL(address);
  const redis = { host, port: Number(port), stringNumbers: true };
  storeContract(() => openStore(RedisTempIDStore.register({ redis })));
  usedByContract(() => openStore(RedisTempIDStore.register({ redis })));
  countChangesContract(() => openStore(RedisTempIDStore.register({ redis })));
  scopesContract(() => openStore(RedisTempIDStore.register({ redis })));
});

describeWith(url, 'RedisTempIDStore', (address) => {
  let client: Redis;
  let opened: OpenedStore<FullStore>;
  let store: FullStore;
  const tomorrow = new Date(Date.now() + 86_400_000);

  beforeAll(async () => {
    client = new Redis(address);
    opened = await openStore(
      RedisTempIDStore.registerAsync({ useFactory: async () => ({ client }) }),
    );
    store = opened.store;
  });

  afterAll(async () => {
    await opened.close();
    await client.quit();
  });

  it('a count is a plain integer at tempid:<id>, which Redis forgets at its time', async () => {
    const id = newId();
    await store.consume(id, 3, tomorrow);
    await store.consume(id, 3, tomorrow);
    expect(await client.get(`tempid:${id}`)).toBe('2');
    await expectKeptUntil(tomorrow, id);
    await store.revoke(id, tomorrow);
    expect(await client.get(`tempid:${id}`)).toBe('2147483647');
    await expectKeptUntil(tomorrow, id);
  });

  /** The server counts the time from when it is told, which is a moment after that was computed. */
  async function expectKeptUntil(moment: Date, id: string): Promise<void> {
    const late = (await client.pexpiretime(`tempid:${id}`)) - moment.getTime();
    expect(late).toBeGreaterThanOrEqual(0);
    expect(late).toBeLessThan(60_000);
  }

  it('who used a token is kept beside its count, in the order in which they came, and expires with it', async () => {
    const id = newId();
    const users = `tempid:{tempid:${id}}@by`;
    await store.consume(id, 3, tomorrow);
    expect(await client.exists(users)).toBe(0);
    const start = Date.now();
    for (const [later, by] of ['ben', 'anna'].entries()) {
      await atMoment(start + later, () => store.consume(id, 3, tomorrow, { by }));
    }
    expect(await client.zrange(users, 0, -1, 'WITHSCORES')).toEqual([
      'ben',
      `${start}`,
      'anna',
      `${start + 1}`,
    ]);
    expect(await client.get(`tempid:${id}`)).toBe('3');
    await expectSameExpiry(id);
    await store.refund(id, { by: 'ben' });
    expect(await client.zrange(users, 0, -1)).toEqual(['anna']);
    await store.refund(id, { by: 'anna' });
    expect(await client.exists(users)).toBe(0);
  });

  it('prolonging a count prolongs for how long Redis keeps who used the token, and nothing shortens that', async () => {
    const id = newId();
    const later = new Date(tomorrow.getTime() + 86_400_000);
    await store.consume(id, 3, tomorrow, { by: 'anna' });
    await store.prolong(id, later);
    for (const shorten of [
      () => store.prolong(id, tomorrow),
      () => store.consume(id, 3, tomorrow, { by: 'ben' }),
      () => store.revoke(id, tomorrow),
    ]) {
      await shorten();
      await expectKeptUntil(later, id);
      await expectSameExpiry(id);
    }
  });

  it('a count that never expires stays so when it is prolonged', async () => {
    const id = newId();
    await client.set(`tempid:${id}`, '1');
    await store.prolong(id, tomorrow);
    expect(await client.pttl(`tempid:${id}`)).toBe(-1);
    await store.consume(id, 3, tomorrow, { by: 'anna' });
    expect(await client.pttl(`tempid:{tempid:${id}}@by`)).toBe(-1);
  });

  /** Both have what is left of the other's time, and a moment may pass in between. */
  async function expectSameExpiry(id: string): Promise<void> {
    const [count, users] = [`tempid:${id}`, `tempid:{tempid:${id}}@by`];
    const difference = (await client.pexpiretime(users)) - (await client.pexpiretime(count));
    expect(difference).toBeGreaterThanOrEqual(0);
    expect(difference).toBeLessThan(1_000);
  }

  it('a call whose deadline is over sends nothing', async () => {
    const id = newId();
    const deadline = performance.now() - 1;
    await store.consume(id, 2, tomorrow);
    for (const asked of [
      store.consume(id, 2, tomorrow, { deadline }),
      store.used(id, { deadline }),
      store.refund(id, { deadline }),
      store.revoke(id, tomorrow, { deadline }),
      store.consume(id, 2, tomorrow, { deadline, by: 'anna' }),
      store.refund(id, { deadline, by: 'anna' }),
      store.usedBy(id, { limit: 1 }, { deadline }),
      store.usedOf([id], { deadline }),
      store.prolong(id, tomorrow, { deadline }),
      store.revokeIfUsed(id, 1, tomorrow, { deadline }),
      store.revokeScope(id, { issuedUntil: 1, except: null }, tomorrow, { deadline }),
    ]) {
      await expect(asked).rejects.toThrow('could not be asked in time');
    }
    expect(await store.used(id)).toBe(1);
    expect(await store.usedBy(id, { limit: 1 })).toEqual([]);
  });

  it('a use and a revocation whose time is over are refused', async () => {
    const [id, past] = [newId(), new Date(1_000)];
    const revocation = { issuedUntil: 1, except: null };
    for (const call of [
      () => store.consume(id, 1, past),
      () => store.consume(id, 1, past, { by: 'anna' }),
      () => store.prolong(id, past),
      () => store.revokeIfUsed(id, 0, past),
      () => store.revoke(id, past),
      () => store.revokeScope(id, revocation, past),
    ]) {
      await expect(call()).rejects.toThrow('the server kept nothing');
    }
    expect(await store.used(id)).toBe(0);
    expect(await store.usedBy(id, { limit: 1 })).toEqual([]);
  });

  it('a user with no more rights than docs/stores.md names can count, refund, revoke and know who used a token', async () => {
    const user = `tempid_${process.pid}`;
    const issuance = { at: Date.now(), scopes: [newId()] };
    const names =
      'get set incr decr exists pexpire pttl zscore zadd zrem zcount zrange eval evalsha select info time';
    const commands = names.split(' ');
    const rights = ['reset', 'on', '>password', '~tempid:*', ...commands.map((name) => `+${name}`)];
    await client.acl('SETUSER', user, ...rights);
    const asUser = new URL(address);
    Object.assign(asUser, { username: user, password: 'password' });
    const restricted = await openStore(RedisTempIDStore.register({ url: asUser.href }));
    const id = newId();
    expect(await restricted.store.consume(id, 2, tomorrow)).toEqual({ allowed: true, used: 1 });
    await restricted.store.refund(id);
    expect(await restricted.store.used(id)).toBe(0);
    await restricted.store.revoke(id, tomorrow);
    const other = newId();
    for (const by of ['anna', 'ben']) await restricted.store.consume(other, 2, tomorrow, { by });
    const [after] = await restricted.store.usedBy(other, { limit: 1 });
    expect(await restricted.store.usedBy(other, { limit: 1, ...(after && { after }) })).toEqual([
      { by: 'ben', at: expect.any(Date) },
    ]);
    await restricted.store.refund(other, { by: 'ben' });
    await restricted.store.prolong(other, tomorrow);
    expect(await restricted.store.revokeIfUsed(other, 1, tomorrow)).toBe(true);
    await restricted.store.revokeScope(
      issuance.scopes[0] ?? '',
      { issuedUntil: issuance.at, except: id },
      tomorrow,
    );
    expect((await restricted.store.consume(newId(), 1, tomorrow, { issuance })).allowed).toBe(
      false,
    );
    await restricted.close();
    await client.acl('DELUSER', user);
  });

  it('a client that the store was given stays open', async () => {
    const other = await openStore(RedisTempIDStore.register({ client }));
    await other.close();
    expect(await client.ping()).toBe('PONG');
  });

  it('keyPrefix replaces the prefix of the keys', async () => {
    const id = newId();
    const other = await openStore(RedisTempIDStore.register({ client, keyPrefix: 'other:' }));
    await other.store.consume(id, 1, tomorrow);
    expect(await client.get(`other:${id}`)).toBe('1');
    await other.close();
  });
});

describeServers('RedisTempIDStore on a server that nobody else asks', () => {
  const server = started(() => startPrivate('redis'));
  const tomorrow = new Date(Date.now() + 86_400_000);
  let client: Redis;
  let opened: OpenedStore<FullStore>;
  let store: FullStore;

  beforeAll(async () => {
    client = new Redis(server().url);
    opened = await openStore(RedisTempIDStore.register({ client }));
    store = opened.store;
  });

  afterAll(async () => {
    await opened.close();
    await client.quit();
  });

  it('uses are counted where the server has forgotten the scripts', async () => {
    const id = newId();
    await store.consume(id, 2, tomorrow);
    await client.script('FLUSH');
    expect(await store.consume(id, 2, tomorrow)).toEqual({ allowed: true, used: 2 });
    await client.script('FLUSH');
    await store.refund(id);
    expect(await store.used(id)).toBe(1);
  });

  it('one use is one command', async () => {
    const id = newId();
    await store.consume(id, 2, tomorrow);
    const before = await client.info('commandstats');
    await store.consume(id, 2, tomorrow);
    const after = await client.info('commandstats');
    expect(callsOf(after, 'evalsha') - callsOf(before, 'evalsha')).toBe(1);
  });
});

describe('RedisTempIDStore without a server', () => {
  it('a use without a server is unavailable at once', async () => {
    const opened = await openService({ url: 'redis://127.0.0.1:1' });
    await expect(opened.store.consume('id', 1, new Date())).rejects.toThrow('ECONNREFUSED');
    await expect(opened.store.used('id')).rejects.toThrow('ECONNREFUSED');
    await opened.close();
  });
});

function callsOf(commandStats: string, command: string): number {
  return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(commandStats)?.[1] ?? 0);
}
