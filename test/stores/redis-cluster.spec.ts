import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Cluster } from 'ioredis';
import { Cluster as Cluster6 } from 'ioredis-6';
import { startPrivate } from '../../scripts/services/index.mjs';
import type { TempIDService } from '../../src/index.js';
import {
  type RedisClient,
  RedisTempIDStore,
  type RedisTempIDStoreOptions,
} from '../../src/stores/redis/index.js';
import {
  countChangesContract,
  type OpenedStore,
  scopesContract,
  storeContract,
  usedByContract,
  usedByScopesContract,
} from '../../src/testing/index.js';
import { concurrently, newId } from '../../src/testing/support.js';
import { type FullStore, openStore } from '../support/open-store.js';
import { describeWith } from '../support/services.js';
import { Load } from './redis/load.js';
import { type OpenedService, openService } from './redis/open-service.js';
import { ask, askText, describeServers, halt, started } from './redis/server.js';
import { moveSlot, ownerOf, primariesOf, slotOf } from './redis/slots.js';
import { until } from './redis/until.js';

const urls = process.env['TEST_REDIS_CLUSTER_URL'];
const soon = () => new Date(Date.now() + 3_600_000);

/** The store on a client of the application, which is closed after it. */
async function openOn(
  client: RedisClient & { quit(): Promise<unknown> },
  options: { waitReplicas?: number } = {},
): Promise<OpenedStore<FullStore>> {
  const { store, close } = await openStore(RedisTempIDStore.register({ client, ...options }));
  return {
    store,
    close: async () => {
      await close();
      await client.quit();
    },
  };
}

describeWith(urls, 'RedisTempIDStore on a cluster', (list) => {
  const nodes = list.split(',');
  const cluster: RedisTempIDStoreOptions = { cluster: { nodes } };
  const moving = { ...cluster, keyPrefix: 'tempid:{moving}:' };

  describe('with a client of its own', () => {
    storeContract(() => openStore(RedisTempIDStore.register(cluster)));
    usedByContract(() => openStore(RedisTempIDStore.register(cluster)));
    usedByScopesContract(() => openStore(RedisTempIDStore.register(cluster)));
    countChangesContract(() => openStore(RedisTempIDStore.register(cluster)));
    scopesContract(() => openStore(RedisTempIDStore.register(cluster)));
  });

  describe('with a client of its own, and a replica', () => {
    storeContract(() => openStore(RedisTempIDStore.register({ ...cluster, waitReplicas: 1 })));
    usedByContract(() => openStore(RedisTempIDStore.register({ ...cluster, waitReplicas: 1 })));
    usedByScopesContract(() =>
      openStore(RedisTempIDStore.register({ ...cluster, waitReplicas: 1 })),
    );
    countChangesContract(() =>
      openStore(RedisTempIDStore.register({ ...cluster, waitReplicas: 1 })),
    );
    scopesContract(() => openStore(RedisTempIDStore.register({ ...cluster, waitReplicas: 1 })));
  });

  describe('with a Cluster of ioredis 5', () => {
    storeContract(() => openOn(new Cluster(nodes, { retryDelayOnFailover: 0 })));
    usedByContract(() => openOn(new Cluster(nodes, { retryDelayOnFailover: 0 })));
    usedByScopesContract(() => openOn(new Cluster(nodes, { retryDelayOnFailover: 0 })));
    countChangesContract(() => openOn(new Cluster(nodes, { retryDelayOnFailover: 0 })));
    scopesContract(() =>
      openOn(new Cluster(nodes, { scaleReads: 'slave', retryDelayOnFailover: 0 })),
    );
  });

  describe('with a Cluster of ioredis 6', () => {
    storeContract(() => openOn(new Cluster6(nodes, { retryDelayOnFailover: 0 })));
    usedByContract(() => openOn(new Cluster6(nodes, { retryDelayOnFailover: 0 })));
    usedByScopesContract(() => openOn(new Cluster6(nodes, { retryDelayOnFailover: 0 })));
    countChangesContract(() => openOn(new Cluster6(nodes, { retryDelayOnFailover: 0 })));
    scopesContract(() => openOn(new Cluster6(nodes, { retryDelayOnFailover: 0 })));
  });

  describe('with a Cluster of ioredis 6, and a replica', () => {
    storeContract(() => openOn(new Cluster6(nodes), { waitReplicas: 1 }));
    usedByContract(() => openOn(new Cluster6(nodes), { waitReplicas: 1 }));
    usedByScopesContract(() => openOn(new Cluster6(nodes), { waitReplicas: 1 }));
    countChangesContract(() => openOn(new Cluster6(nodes), { waitReplicas: 1 }));
    scopesContract(() => openOn(new Cluster6(nodes), { waitReplicas: 1 }));
  });

  describe('of three primaries', () => {
    let opened: OpenedService;

    beforeAll(async () => {
      opened = await openService(cluster);
    });

    afterAll(() => opened.close());

    it('counts are spread over all primaries', async () => {
      const ids = Array.from({ length: 200 }, newId);
      await Promise.all(ids.map((id) => opened.store.consume(id, 1, soon())));
      const primaries = await primariesOf(nodes[0] ?? '');
      expect(primaries.length).toBeGreaterThanOrEqual(3);
      for (const { url } of primaries) {
        const keys = await ask(url, 'KEYS', 'tempid:*');
        expect(ids.filter((id) => String(keys).includes(id)).length).toBeGreaterThan(20);
      }
    });

    it('counts are read from primaries, though the client reads from replicas', async () => {
      const reads = async (url: string) => {
        const stats = await askText(url, 'INFO', 'commandstats');
        return Number(/cmdstat_get:calls=(\d+)/.exec(stats)?.[1] ?? 0);
      };
      const primaries = await primariesOf(nodes[0] ?? '');
      const replicas = nodes.filter((node) => primaries.every(({ url }) => url !== node));
      expect(replicas.length).toBeGreaterThan(0);
      // A replica is not told to clients before it is known to have got something.
      await concurrently(100, () => opened.store.consume(newId(), 1, soon()));
      await until(async () => {
        const slots = await ask(nodes[0] ?? '', 'CLUSTER', 'SLOTS');
        return Array.isArray(slots) && slots.every((servers: unknown[]) => servers.length > 3);
      });
      const before = await Promise.all(replicas.map(reads));
      const client = new Cluster(nodes, { scaleReads: 'slave', retryDelayOnFailover: 0 });
      const given = await openOn(client);
      await concurrently(100, () => given.store.used(newId()));
      expect(await Promise.all(replicas.map(reads))).toEqual(before);
      await given.close();
    });
  });

  it.each([0, 1])(
    'uses are counted exactly while a slot moves to another primary, waiting for %i replicas',
    async (waitReplicas) => {
      const opened = await openService({ ...moving, waitReplicas });
      const load = await Load.of(opened.service, 100, [1, 50, 255]);
      await load.progress(300);
      const slot = await slotOf(nodes[0] ?? '', moving.keyPrefix);
      for (const _ of ['there', 'and back']) {
        const [from, to] = await ownerOf(nodes[0] ?? '', slot);
        await moveSlot(slot, [from, to], () => load.progress(50));
        await load.progress(50);
      }
      await load.stop();
      for (const { token, allowed, lost } of load.tallies) {
        expect(lost).toBe(0);
        expect(await opened.store.used(token.id)).toBe(allowed);
        expect(allowed).toBeLessThanOrEqual(token.maxUses);
      }
      await opened.close();
    },
  );
});

describeServers('RedisTempIDStore on a cluster that loses scripts and primaries', () => {
  const servers = started(() => startPrivate('redisCluster'));
  const nodes = () => servers().url.split(',');

  /** Waits until no token of any server is unavailable. */
  async function allAreBack(service: TempIDService): Promise<void> {
    const tokens = await concurrently(60, () => service.mint({ maxUses: 1_000 }));
    await until(async () => {
      const uses = await Promise.allSettled(tokens.map((token) => service.use(token)));
      return uses.every(({ status }) => status === 'fulfilled');
    });
  }

  /** Whether the first server, which is dead, is no primary any more, and another is in its place. */
  async function hasSuccessor([dead, alive = '']: string[]): Promise<boolean> {
    const primaries = await primariesOf(alive);
    return primaries.length === 3 && primaries.every(({ url }) => url !== dead);
  }

  async function expectExact(load: Load, { store }: OpenedService): Promise<void> {
    for (const { token, allowed } of load.tallies) {
      expect(allowed).toBeLessThanOrEqual(token.maxUses);
      expect(await store.used(token.id)).toBeGreaterThanOrEqual(allowed);
    }
  }

  it('uses are counted where one server has forgotten the scripts', async () => {
    const opened = await openService({ cluster: { nodes: nodes() } });
    const ids = Array.from({ length: 50 }, newId);
    await Promise.all(ids.map((id) => opened.store.consume(id, 2, soon())));
    await ask(nodes()[0] ?? '', 'SCRIPT', 'FLUSH');
    const answers = await Promise.all(ids.map((id) => opened.store.consume(id, 2, soon())));
    expect(answers.every(({ allowed }) => allowed)).toBe(true);
    await opened.close();
  });

  it('no use is counted twice when a primary is killed and its replica takes over', async () => {
    const opened = await openService({ cluster: { nodes: nodes() }, waitReplicas: 1 }, '1s');
    const load = await Load.of(opened.service, 150, [1, 50, 255]);
    await load.progress(1_000);
    await servers().kill();
    await until(() => hasSuccessor(nodes()));
    await servers().restart();
    await allAreBack(opened.service);
    await load.stop();
    await expectExact(load, opened);
    await opened.close();
  });

  it('a silent primary is left for the replica that takes over', async () => {
    const opened = await openService({ cluster: { nodes: nodes() } }, '1s');
    const load = await Load.of(opened.service, 150, [1, 50, 255]);
    await load.progress(1_000);
    const [primary] = await primariesOf(nodes()[1] ?? '');
    const wake = await halt(primary?.url ?? '');
    await until(() => load.lost > 0);
    await allAreBack(opened.service);
    await load.stop();
    wake();
    for (const { token, allowed } of load.tallies) {
      expect(allowed).toBeLessThanOrEqual(token.maxUses);
    }
    await opened.close();
  });
});
