import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Cluster, Redis } from 'ioredis';
import { Cluster as Cluster6, Redis as Redis6 } from 'ioredis-6';
import { TempIDStoreUnavailableError } from '../../src/index.js';
import type { RedisTempIDStoreOptions } from '../../src/stores/redis/index.js';
import { FaultyProxy } from '../support/faulty-proxy.js';
import { describeWith } from '../support/services.js';
import { openService } from './redis/open-service.js';
import { until } from './redis/until.js';

/** What an application may have told its client, and what it must tell it. */
const CARELESS = { autoResendUnfulfilledCommands: true, maxRetriesPerRequest: 20 };
const EXACT = { autoResendUnfulfilledCommands: false, maxRetriesPerRequest: 0 };

/** Loses the answer to the second use, and then the connection; and gives the count that the server has in the end. */
async function countAfterLoss(
  options: RedisTempIDStoreOptions,
  proxies: readonly FaultyProxy[],
  read: (key: string) => Promise<string | null>,
): Promise<number> {
  const { service, close } = await openService(options, '1s');
  const token = await service.mint({ maxUses: 50 });
  const count = async () => Number(await read(`tempid:${token.id}`));
  await service.use(token).catch(() => false);
  expect(await count()).toBe(1);

  for (const proxy of proxies) proxy.loseAnswers();
  const use = service.use(token);
  await until(async () => (await count()) > 1);
  for (const proxy of proxies) proxy.cut();
  await expect(use).rejects.toThrow(TempIDStoreUnavailableError);

  await until(() => service.usesInfo(token).then(Boolean, () => false));
  await close();
  return count();
}

/** By host and port, in the database of the URL. */
function addressOf({ url }: FaultyProxy) {
  const { hostname: host, port, pathname } = new URL(url);
  return { host, port: Number(port), db: Number(pathname.slice(1)) };
}

describeWith(process.env['TEST_REDIS_URL'], 'a use whose connection was lost', (url) => {
  const clients: (Redis | Redis6)[] = [];
  let proxy: FaultyProxy;
  let direct: Redis;

  beforeAll(async () => {
    proxy = await FaultyProxy.before(url);
    direct = new Redis(url);
  });

  afterAll(async () => {
    for (const client of clients) client.disconnect();
    await direct.quit();
    await proxy.stop();
  });

  const given = (client: Redis | Redis6) => {
    clients.push(client);
    client.on('error', () => {});
    return { client };
  };

  it.each<[string, () => RedisTempIDStoreOptions]>([
    ['url', () => ({ url: proxy.url })],
    ['url, with replicas', () => ({ url: proxy.url, waitReplicas: 1 })],
    ['redis', () => ({ redis: { ...addressOf(proxy), ...CARELESS } })],
    ['client of ioredis 5', () => given(new Redis(proxy.url, EXACT))],
    ['client of ioredis 6', () => given(new Redis6(proxy.url, EXACT))],
  ])('a use whose answer was lost is counted once, by %s', async (_, options) => {
    expect(await countAfterLoss(options(), [proxy], (key) => direct.get(key))).toBe(2);
  });

  const PATIENT = { ...EXACT, maxRetriesPerRequest: null, retryStrategy: () => 50 };

  it.each<[string, () => RedisTempIDStoreOptions]>([
    ['url', () => ({ url: proxy.url })],
    ['url, with replicas', () => ({ url: proxy.url, waitReplicas: 1 })],
    ['client of ioredis 5', () => given(new Redis(proxy.url, PATIENT))],
    ['client of ioredis 6', () => given(new Redis6(proxy.url, PATIENT))],
  ])('a use that was not sent in time is not counted, by %s', async (_, options) => {
    const { service, close } = await openService(options(), '1s');
    const token = await service.mint({ maxUses: 50 });
    await service.use(token).catch(() => false);
    proxy.shut();
    // The first may be on its way before the client has heard that there is none.
    for (let time = 0; time < 2; time++) {
      await expect(service.use(token)).rejects.toThrow(TempIDStoreUnavailableError);
    }
    proxy.open();
    await until(() => service.usesInfo(token).then(Boolean, () => false));
    expect(await direct.get(`tempid:${token.id}`)).toBe('1');
    await close();
  });
});

describeWith(
  process.env['TEST_REDIS_CLUSTER_URL'],
  'a use whose connection to a cluster was lost',
  (urls) => {
    const nodes = urls.split(',');
    let proxies: FaultyProxy[];
    let direct: Cluster;

    beforeAll(async () => {
      proxies = await Promise.all(nodes.map((url) => FaultyProxy.before(url)));
      direct = new Cluster(nodes);
    });

    afterAll(async () => {
      await direct.quit();
      await Promise.all(proxies.map((proxy) => proxy.stop()));
    });

    /** Leads the client of a cluster to the proxies. */
    const natMap = () =>
      Object.fromEntries(
        nodes.map((url, index) => {
          const { hostname, port } = new URL(url);
          return [`${hostname}:${port}`, { host: '127.0.0.1', port: proxies[index]?.port ?? 0 }];
        }),
      );

    const careless = () => ({
      natMap: natMap(),
      retryDelayOnFailover: 100,
      redisOptions: CARELESS,
    });
    const exact = () => ({ natMap: natMap(), retryDelayOnFailover: 0 });
    const entry = () => [proxies[0]?.url ?? ''];

    it.each<[string, () => RedisTempIDStoreOptions]>([
      ['cluster', () => ({ cluster: { nodes: entry(), options: careless() } })],
      [
        'cluster, with replicas',
        () => ({ cluster: { nodes: entry(), options: careless() }, waitReplicas: 1 }),
      ],
    ])('a use whose answer was lost is counted once on a cluster, by %s', async (_, options) => {
      expect(await countAfterLoss(options(), proxies, (key) => direct.get(key))).toBe(2);
    });

    it.each([
      ['5', () => new Cluster(entry(), exact())],
      ['6', () => new Cluster6(entry(), exact())],
    ])(
      'a use whose answer was lost is counted once on a cluster, by a client of ioredis %s',
      async (_, create) => {
        const client = create();
        expect(await countAfterLoss({ client }, proxies, (key) => direct.get(key))).toBe(2);
        client.disconnect();
      },
    );
  },
);
