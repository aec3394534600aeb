import type { ClusterNode, ClusterOptions, RedisOptions } from 'ioredis';
import { TempIDConfigurationError } from '../../common/errors.js';
import { asGiven, type OptionRules, parseText, pickOptions } from '../../common/options.js';
import type { RedisClient } from './client.js';

/** How the server is reached; one of these. */
interface RedisServers {
  /** 'redis://…', or 'rediss://…' with TLS; 'valkey://…' and 'valkeys://…' are the same. */
  url: string;
  /** The options of ioredis: host and port, path, tls, or the sentinels and the name of their primary. */
  redis: RedisOptions;
  /** A Redis Cluster: some of its servers, and the options of ioredis' `Cluster`. */
  cluster: { nodes: readonly ClusterNode[]; options?: ClusterOptions | undefined };
  /** A `Redis` or a `Cluster` of ioredis 5 or 6 that the application owns, which the store never closes. */
  client: RedisClient;
}

/** One of the members, without the others. */
type OneOf<T> = {
  [Name in keyof T]: Pick<T, Name> & { [Other in Exclude<keyof T, Name>]?: undefined };
}[keyof T];

export type RedisServer = OneOf<RedisServers>;

/** How the server is reached, by one of `url`, `redis`, `cluster` and `client`, and how uses are counted there. */
export type RedisTempIDStoreOptions = {
  /** What comes before the id in a key. Default: 'tempid:', as in the Python package. */
  keyPrefix?: string;
  /**
   * How many replicas must have a use before it is allowed, and a revocation before it is done. Where fewer
   * have it in time, the store is unavailable, and the use is spent. Redis holds up what comes on the
   * connection meanwhile, so let a `client` do nothing else. Default: 0, which waits for none: a replica that
   * takes over may lack the last uses.
   */
  waitReplicas?: number;
} & RedisServer;

/** The message does not show the value: there may be a password in it. */
function mustBe(what: string, isIt: (value: unknown) => boolean) {
  return {
    parse(value: unknown, option: string): void {
      if (!isIt(value)) throw new TempIDConfigurationError(`'${option}' must be ${what}`);
    },
    missing: 'kept',
  } as const;
}

/** One of them is there, and the other three may be undefined. */
const SERVERS = {
  url: mustBe(
    `a URL such as 'redis://127.0.0.1:6379' or 'rediss://…'; a socket is { redis: { path } }.`,
    (url) => typeof url === 'string' && /^(redis|valkey)s?:\/\//i.test(url) && URL.canParse(url),
  ),
  redis: mustBe(
    `the options of ioredis, such as { host: '127.0.0.1' }; a client of yours is { client }.`,
    (redis) => isObject(redis) && !isClient(redis),
  ),
  cluster: mustBe(
    `{ nodes, options? }; a Cluster of yours is { client }.`,
    (cluster) => isObject(cluster) && !isClient(cluster),
  ),
  client: mustBe(
    `a Redis or a Cluster of ioredis; options of one are { redis } or { cluster }.`,
    isClient,
  ),
} satisfies OptionRules<RedisServers>;

const CLUSTER = {
  nodes: mustBe(
    `a list of some servers of the cluster, such as [{ host: '10.0.0.1', port: 6379 }].`,
    (nodes) => Array.isArray(nodes) && nodes.length > 0,
  ),
  options: mustBe(
    `the options of ioredis' Cluster, such as { redisOptions: { tls: {} } }.`,
    (options) => options === undefined || isObject(options),
  ),
};

const RULES = {
  ...SERVERS,
  keyPrefix: asGiven<string>(),
  waitReplicas: asGiven<number>(),
} satisfies OptionRules<RedisTempIDStoreOptions>;

const SERVER_NAMES = ['url', 'redis', 'cluster', 'client'] as const;

/** @throws {@link TempIDConfigurationError} for the first option that is wrong */
export function resolveRedisOptions(options: RedisTempIDStoreOptions) {
  if (!isObject(options)) throw unknownServer('nothing');
  const server = pickOptions(options, RULES, 'RedisTempIDStore');
  const names = SERVER_NAMES.filter((name) => server[name] !== undefined);
  if (names.length !== 1) throw unknownServer(names.join(' and ') || 'none of them');
  for (const name of names) SERVERS[name].parse(server[name], name);
  if (server.cluster) {
    pickOptions(server.cluster, CLUSTER, `'cluster' of RedisTempIDStore`);
    CLUSTER.nodes.parse(server.cluster.nodes, 'cluster.nodes');
    CLUSTER.options.parse(server.cluster.options, 'cluster.options');
  }
  const { keyPrefix = 'tempid:', waitReplicas = 0 } = server;
  if (!Number.isSafeInteger(waitReplicas) || waitReplicas < 0) {
    throw new TempIDConfigurationError(
      `'waitReplicas' must be a whole number: how many replicas must have a use before it is allowed, or 0.`,
    );
  }
  return { server, keyPrefix: parseText(keyPrefix, 'keyPrefix'), waitReplicas };
}

function unknownServer(got: string): TempIDConfigurationError {
  return new TempIDConfigurationError(
    `RedisTempIDStore needs one of url, redis, cluster and client, such as ` +
      `RedisTempIDStore.register({ url: 'redis://…' }); got ${got}.`,
  );
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isClient(value: unknown): boolean {
  const names = ['evalsha', 'eval', 'pipeline', 'once'];
  return isObject(value) && names.every((name) => typeof Reflect.get(value, name) === 'function');
}
