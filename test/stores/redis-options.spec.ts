import { describe, expect, it } from '@jest/globals';
import { NestFactory } from '@nestjs/core';
import { type Cluster, Redis, type RedisOptions } from 'ioredis';
import { TempIDConfigurationError, TempIDModule } from '../../src/index.js';
import { createClient } from '../../src/stores/redis/create-client.js';
import { RedisTempIDStore, type RedisTempIDStoreOptions } from '../../src/stores/redis/index.js';
import { SECRET } from '../support/secrets.js';

const URL_OF_NOBODY = 'redis://127.0.0.1:1';
const client = new Redis({ lazyConnect: true });

describe('RedisTempIDStore refuses at start', () => {
  it.each([
    ['no server', {}, /needs one of url, redis, cluster and client, .* got none of them\.$/],
    ['a server that is undefined', { url: undefined }, /got none of them\.$/],
    ['two servers', { url: URL_OF_NOBODY, client }, /got url and client\.$/],
    ['what is no options', 'redis://127.0.0.1', /got nothing\.$/],
    [
      'an option that there is not',
      { url: URL_OF_NOBODY, prefix: 'x' },
      `RedisTempIDStore has no option 'prefix'. The options are url, redis, cluster, client, keyPrefix, waitReplicas.`,
    ],
    ['a url of another kind', { url: 'http://user:hush@127.0.0.1' }, `'url' must be a URL such as`],
    ['a url that is none', { url: 'redis://user:hush@:1:2' }, `'url' must be a URL such as`],
    ['a url without a scheme', { url: '127.0.0.1:6379' }, `'url' must be a URL such as`],
    ['a url that is no text', { url: 6379 }, `'url' must be a URL such as`],
    ['redis that is a url', { redis: URL_OF_NOBODY }, `'redis' must be the options of ioredis`],
    ['redis that is a client', { redis: client }, `a client of yours is { client }.`],
    [
      'sentinels without the name of the primary',
      { redis: { sentinels: [{ host: '127.0.0.1', port: 1 }] } },
      'ioredis refuses these options: Requires the name of master.',
    ],
    ['cluster that is a list', { cluster: [{ port: 1 }] }, `'cluster' must be { nodes, options? }`],
    ['cluster that is a client', { cluster: client }, `'cluster' must be { nodes, options? }`],
    ['a cluster without nodes', { cluster: { nodes: [] } }, `'cluster.nodes' must be a list`],
    ['nodes that are no list', { cluster: { nodes: URL_OF_NOBODY } }, `'cluster.nodes' must be`],
    [
      'an option of cluster that there is not',
      { cluster: { nodes: [1], redisOptions: {} } },
      `'cluster' of RedisTempIDStore has no option 'redisOptions'. The options are nodes, options.`,
    ],
    [
      'cluster.options that are none',
      { cluster: { nodes: [1], options: 'tls' } },
      `'cluster.options' must be the options of ioredis' Cluster`,
    ],
    [
      'a client that is options',
      { client: { host: 'x' } },
      `'client' must be a Redis or a Cluster`,
    ],
    ['a client that is a url', { client: URL_OF_NOBODY }, `'client' must be a Redis or a Cluster`],
    ...[-1, 1.5, '1', NaN].map((waitReplicas) => [
      `waitReplicas: ${waitReplicas}`,
      { url: URL_OF_NOBODY, waitReplicas },
      `'waitReplicas' must be a whole number`,
    ]),
    ['an empty keyPrefix', { url: URL_OF_NOBODY, keyPrefix: '' }, `'keyPrefix' must be a string`],
    ['a keyPrefix that is no text', { url: URL_OF_NOBODY, keyPrefix: 1 }, `'keyPrefix' must be a`],
  ] as [string, object, string | RegExp][])(
    'RedisTempIDStore refuses at the start: %s',
    async (_, options, message) => {
      const store = RedisTempIDStore.register(options as RedisTempIDStoreOptions);
      const starting = NestFactory.createApplicationContext(
        TempIDModule.forRoot({ secret: SECRET, store }),
        { logger: false, abortOnError: false },
      );
      await expect(starting).rejects.toThrow(TempIDConfigurationError);
      await expect(starting).rejects.toThrow(message);
      await expect(starting).rejects.not.toThrow('hush');
    },
  );

  it('RedisTempIDStore.register throws where it gets no options', () => {
    expect(() => RedisTempIDStore.register()).toThrow(TempIDConfigurationError);
  });
});

describe('RedisTempIDStore connects so that a use is counted once,', () => {
  const careless: RedisOptions = {
    autoResendUnfulfilledCommands: true,
    maxRetriesPerRequest: 20,
    enableOfflineQueue: true,
    role: 'slave',
    lazyConnect: false,
    reconnectOnError: () => 2,
  };
  const careful = {
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    role: 'master',
    lazyConnect: true,
    commandTimeout: 2_000,
  };

  it('options that would send a use twice are overridden in the options of the store', () => {
    const { options } = createClient({ redis: careless }).client as Redis;
    expect(options).toMatchObject(careful);
    expect(options.reconnectOnError?.(new Error('ERR'))).toBe(true);
  });

  it('options that would send a use twice are overridden in its URL', () => {
    const parameters = Object.entries(careless).map(([name, value]) => `${name}=${String(value)}`);
    const url = `rediss://user:p%40ss@127.0.0.1:1/2?${parameters.join('&')}&connectionName=mine`;
    const { options } = createClient({ url }).client as Redis;
    expect(options).toMatchObject({ ...careful, connectionName: 'mine' });
    expect(options).toMatchObject({ username: 'user', password: 'p@ss', db: 2, tls: true });
  });

  it('options that would send a use twice are overridden in the options of its cluster', () => {
    const { options } = createClient({
      cluster: {
        nodes: [{ port: 1 }],
        options: {
          retryDelayOnFailover: 100,
          retryDelayOnClusterDown: 100,
          scaleReads: 'all',
          enableAutoPipelining: true,
          lazyConnect: false,
          redisOptions: careless,
        },
      },
    }).client as Cluster;
    expect(options).toMatchObject({
      retryDelayOnFailover: 0,
      retryDelayOnClusterDown: 0,
      scaleReads: 'master',
      enableAutoPipelining: false,
      lazyConnect: true,
      redisOptions: careful,
    });
  });

  it('all other options of the application are kept', () => {
    const others = { db: 3, commandTimeout: 500, connectionName: 'mine', keyPrefix: 'ours:' };
    const created = createClient({ redis: others });
    expect((created.client as Redis).options).toMatchObject(others);
    expect(created.commandTimeout).toBe(500);
  });

  it.each(['valkey', 'VALKEYS', 'redis', 'rediss'])(
    'a URL that begins with %s connects',
    (scheme) => {
      const { options } = createClient({ url: `${scheme}://127.0.0.2:7000` }).client as Redis;
      expect(options).toMatchObject({ host: '127.0.0.2', port: 7_000 });
      expect(Boolean(options.tls)).toBe(/s$/i.test(scheme.replace('redis', '')));
    },
  );
});
