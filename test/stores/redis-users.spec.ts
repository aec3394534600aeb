import { describe, expect, it } from '@jest/globals';
import { Cluster, Redis } from 'ioredis';
import { startPrivate } from '../../scripts/services/index.mjs';
import { REVOKED_COUNT, TempIDConfigurationError } from '../../src/index.js';
import { RedisTempIDStore, type RedisTempIDStoreOptions } from '../../src/stores/redis/index.js';
import { KeyNames } from '../../src/stores/redis/key-names.js';
import { sharedUsedByContract } from '../../src/testing/index.js';
import { concurrently, newId } from '../../src/testing/support.js';
import { FaultyProxy } from '../support/faulty-proxy.js';
import { openStore } from '../support/open-store.js';
import { describeWith } from '../support/services.js';
import { openService } from './redis/open-service.js';
import { ask, describeServers, started } from './redis/server.js';
import { moveSlot, ownerOf, primariesOf, slotOf } from './redis/slots.js';
import { until } from './redis/until.js';

const soon = () => new Date(Date.now() + 3_600_000);

/** How the version before counted. */
const OLD_CONSUME = `
local used = tonumber(redis.call('GET', KEYS[1]) or '0')
if used >= tonumber(ARGV[1]) then return {0, used} end
used = redis.call('INCR', KEYS[1])
if used == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return {1, used}
`;

describe('the key of who used a token', () => {
  it.each(['a{b:', 'a}b:', 'a{}b:', '{}{a}:', '}{'])(
    'RedisTempIDStore refuses keys that begin with %j, whose braces place nothing in a Cluster',
    (keyPrefix) => {
      const refused = expect.objectContaining({ message: expect.stringContaining('hash tag') });
      const url = 'redis://127.0.0.1:1';
      for (const make of [
        () => new RedisTempIDStore({ url, keyPrefix }),
        () => new RedisTempIDStore({ redis: { lazyConnect: true, keyPrefix } }),
      ]) {
        expect(make).toThrow(TempIDConfigurationError);
        expect(make).toThrow(refused);
      }
    },
  );

  it('the same key is meant whether the client or the store writes the prefix', () => {
    for (const [client, store] of [
      ['', 'app:tempid:'],
      ['app:', 'tempid:'],
      ['app:temp', 'id:'],
    ] as const) {
      expect(client + new KeyNames(store, client).users('id')).toBe(
        'app:tempid:{app:tempid:id}@by',
      );
    }
    expect(`{a}${new KeyNames('b:', '{a}').users('id')}`).toBe('{a}b:id@by');
  });
});

describeWith(process.env['TEST_REDIS_URL'], 'who used a token, on one server', (url) => {
  describe('with two clients, of which one writes a prefix itself', () => {
    const prefix = `test-${newId()}`;
    const open = async (options: RedisTempIDStoreOptions) =>
      openStore(RedisTempIDStore.register(options));
    let isFirst = true;
    sharedUsedByContract(async () => {
      const { hostname: host, port, pathname } = new URL(url);
      const redis = { host, port: Number(port), db: Number(pathname.slice(1)) };
      const isOdd = isFirst;
      isFirst = false;
      return isOdd
        ? open({ redis: { ...redis, keyPrefix: `${prefix}:` }, keyPrefix: 'links:' })
        : open({ redis, keyPrefix: `${prefix}:links:` });
    });
  });

  it('a version that does not know of it counts on the same count, and neither forgets what the other counted', async () => {
    const client = new Redis(url);
    const { store, close } = await openStore(RedisTempIDStore.register({ url }));
    const id = newId();
    const old = () => client.eval(OLD_CONSUME, 1, `tempid:${id}`, 10, 3_600_000);
    const answers = await concurrently(60, async (n) => {
      if (n % 2) return Number(((await old()) as number[])[0]) === 1;
      const by = `user ${n % 20}`;
      return (await store.consume(id, 10, soon(), { by })).allowed;
    });
    expect(answers.filter(Boolean)).toHaveLength(10);
    expect(await client.get(`tempid:${id}`)).toBe('10');
    const users = await store.usedBy(id, { limit: 99 });
    expect(users).toHaveLength(answers.filter((allowed, n) => allowed && n % 2 === 0).length);
    await client.set(`tempid:${id}`, REVOKED_COUNT);
    for (const { by } of users) {
      const again = await store.consume(id, 10, soon(), { by, repeat: true });
      expect(again).toEqual({ allowed: false, used: REVOKED_COUNT });
    }
    await close();
    await client.quit();
  });

  it('one whose answer was lost had their use, and is let through again without another', async () => {
    const direct = new Redis(url);
    const proxy = await FaultyProxy.before(url);
    const { store, close } = await openService({ url: proxy.url }, '1s');
    const id = newId();
    await store.consume(id, 2, soon(), { by: 'anna' });
    proxy.loseAnswers();
    const use = store.consume(id, 2, soon(), { by: 'ben' });
    await until(async () => (await direct.get(`tempid:${id}`)) === '2');
    proxy.cut();
    await expect(use).rejects.toThrow('lost');
    await until(() => store.used(id).then(Boolean, () => false));
    const again = await store.consume(id, 2, soon(), { by: 'ben', repeat: true });
    expect(again).toEqual({ allowed: true, used: 2, repeated: true });
    expect((await store.consume(id, 2, soon(), { by: 'carl' })).allowed).toBe(false);
    await close();
    await direct.quit();
    await proxy.stop();
  });

  it('a server that has forgotten the scripts still knows who used a token', async () => {
    const client = new Redis(url);
    const { store, close } = await openStore(RedisTempIDStore.register({ url }));
    const ids = Array.from({ length: 20 }, newId);
    await concurrently(20, (n) => store.consume(ids[n] ?? '', 2, soon(), { by: 'anna' }));
    await client.script('FLUSH');
    expect(await store.usedOf(ids)).toEqual(ids.map(() => 1));
    await client.script('FLUSH');
    expect((await store.consume(ids[0] ?? '', 2, soon(), { by: 'anna' })).repeated).toBe(true);
    await close();
    await client.quit();
  });
});

describeServers('who used a token, on a cluster', () => {
  const servers = started(() => startPrivate('redisCluster'));
  const nodes = () => servers().url.split(',');

  it.each([
    ['', 'tempid:'],
    ['app:', 'tempid:'],
    ['', 'tempid:{moving}:'],
    ['{app}:', 'tempid:'],
  ])(
    'is in the slot of the count, where the client writes %j and the store %j',
    async (ours, keyPrefix) => {
      const client = new Cluster(nodes(), { keyPrefix: ours, retryDelayOnFailover: 0 });
      const { store, close } = await openStore(RedisTempIDStore.register({ client, keyPrefix }));
      const names = new KeyNames(keyPrefix, ours);
      for (const id of [...Array.from({ length: 20 }, newId), 'jti:a.b~c', 'token:jti:1']) {
        await store.consume(id, 2, soon(), { by: 'anna' });
        const [count, users] = await Promise.all(
          [names.count(id), names.users(id)].map((key) => slotOf(nodes()[0] ?? '', ours + key)),
        );
        expect(users).toBe(count);
        expect(await store.usedBy(id, { limit: 1 })).toHaveLength(1);
      }
      await close();
      await client.quit();
    },
  );

  it('counts of tokens on all servers are told in the order in which they are asked for, with their revocations', async () => {
    const { store, close } = await openStore(
      RedisTempIDStore.register({ cluster: { nodes: nodes() } }),
    );
    const ids = Array.from({ length: 120 }, newId);
    const at = Date.now();
    const scope = newId();
    await concurrently(120, async (n) => {
      for (let use = 0; use < n % 3; use++) await store.consume(ids[n] ?? '', 9, soon());
    });
    await store.revokeScope(scope, { issuedUntil: at, except: null }, soon());
    const issuances = ids.map((_, n) => (n % 5 ? undefined : { at, scopes: [newId(), scope] }));
    const expected = ids.map((_, n) => (n % 5 ? n % 3 : REVOKED_COUNT));
    expect(await store.usedOf(ids, { issuances })).toEqual(expected);
    await Promise.all(nodes().map((url) => ask(url, 'SCRIPT', 'FLUSH')));
    expect(await store.usedOf(ids, { issuances })).toEqual(expected);
    await close();
  });

  it.each([0, 1])(
    'people are counted once each while the slot of a token moves, waiting for %i replicas',
    async (waitReplicas) => {
      const keyPrefix = 'tempid:{moving}:';
      const opened = await openService({ cluster: { nodes: nodes() }, keyPrefix, waitReplicas });
      const slot = await slotOf(nodes()[0] ?? '', keyPrefix);
      const ids = Array.from({ length: 30 }, newId);
      const letIn = new Map<string, number>();
      const come = () =>
        concurrently(90, async (n) => {
          const [id = '', by] = [ids[n % 30], `user ${Math.floor(Math.random() * 12)}`];
          // One whose keys are on two servers at the moment is not answered, and not counted.
          const answer = await opened.store
            .consume(id, 5, soon(), { by, deadline: performance.now() + 300 })
            .catch(() => undefined);
          const who = `${id} ${by}`;
          if (answer?.allowed) letIn.set(who, (letIn.get(who) ?? 0) + 1);
        });
      await come();
      for (const _ of ['there', 'and back']) {
        const [from, to] = await ownerOf(nodes()[0] ?? '', slot);
        await moveSlot(slot, [from, to], async () => void (await come()));
        await come();
      }
      expect(letIn.size).toBeGreaterThan(30);
      expect([...letIn.values()].every((times) => times === 1)).toBe(true);
      for (const id of ids) {
        const users = await opened.store.usedBy(id, { limit: 99 });
        expect(users.length).toBeLessThanOrEqual(5);
        expect(await opened.store.used(id)).toBe(users.length);
        const known = new Set(users.map(({ by }) => `${id} ${by}`));
        const unknown = [...letIn.keys()].filter((who) => who.startsWith(id) && !known.has(who));
        expect(unknown).toEqual([]);
      }
      await opened.close();
    },
  );

  it('nobody is let in twice, and never too many, when a primary is killed and its replica takes over', async () => {
    const opened = await openService({ cluster: { nodes: nodes() }, waitReplicas: 1 }, '1s');
    const ids = Array.from({ length: 60 }, newId);
    const letIn = new Map<string, number>();
    const come = () =>
      concurrently(600, async (n) => {
        const [id = '', by] = [ids[n % 60], `user ${Math.floor(Math.random() * 30)}`];
        const answer = await opened.store.consume(id, 10, soon(), { by }).catch(() => undefined);
        const who = `${id} ${by}`;
        if (answer?.allowed) letIn.set(who, (letIn.get(who) ?? 0) + 1);
      });
    await come();
    const [dead = '', alive = ''] = nodes();
    const coming = come();
    await servers().kill();
    await coming;
    await until(async () => (await primariesOf(alive)).every(({ url }) => url !== dead));
    await until(() => opened.store.usedOf(ids).then(Boolean, () => false));
    for (let round = 0; round < 3; round++) await come();
    expect(letIn.size).toBeGreaterThan(30);
    expect([...letIn.values()].every((times) => times === 1)).toBe(true);
    for (const id of ids) {
      const people = [...letIn.keys()].filter((who) => who.startsWith(id));
      expect(people.length).toBeLessThanOrEqual(10);
      const users = (await opened.store.usedBy(id, { limit: 99 })).map(({ by }) => by);
      expect(users.length).toBeLessThanOrEqual(10);
      for (const who of people) expect(users).toContain(who.slice(id.length + 1));
    }
    await opened.close();
  });
});
