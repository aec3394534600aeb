import type { ClusterNode, ClusterOptions, RedisOptions } from 'ioredis';
import { TempIDConfigurationError } from '../../common/errors.js';
import { assertKnown, parseText, readOptions } from '../../common/validation.js';
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
} & OneOf<RedisServers>;

/** The options with their defaults, validated. */
export interface ResolvedRedisOptions {
  readonly keyPrefix: string;
  readonly waitReplicas: number;
  readonly server: RedisServer;
}

export type RedisServer = OneOf<RedisServers>;

const SERVERS = ['url', 'redis', 'cluster', 'client'] as const;
const NAMES: ReadonlySet<string> = new Set<keyof RedisTempIDStoreOptions>([
  ...SERVERS,
  'keyPrefix',
  'waitReplicas',
]);

/** One of the four servers is given, and the other three may be undefined. */
const MAY_BE_MISSING: ReadonlySet<string> = new Set(SERVERS);
const CLUSTER_NAMES: ReadonlySet<string> = new Set(['nodes', 'options']);

/** @throws {@link TempIDConfigurationError} for the first option that is wrong */
export function resolveRedisOptions(options: RedisTempIDStoreOptions): ResolvedRedisOptions {
  if (!isObject(options)) throw unknownServer('nothing');
  const read = readOptions(options, NAMES, 'RedisTempIDStore', MAY_BE_MISSING);
  const given = SERVERS.filter((name) => read[name] !== undefined);
  if (given.length !== 1) throw unknownServer(given.join(' and ') || 'none of them');
  const { url, redis, cluster, client, keyPrefix = 'tempid:', waitReplicas = 0 } = read;
  if (url !== undefined) assertUrl(url);
  if (redis !== undefined) assertRedisOptions(redis);
  if (cluster !== undefined) assertCluster(cluster);
  if (client !== undefined) assertClient(client);
  if (!Number.isSafeInteger(waitReplicas) || waitReplicas < 0) {
    throw new TempIDConfigurationError(
      `'waitReplicas' must be a whole number: how many replicas must have a use before it is allowed, or 0.`,
    );
  }
  return { server: read, keyPrefix: parseText(keyPrefix, 'keyPrefix'), waitReplicas };
}

function unknownServer(got: string): TempIDConfigurationError {
  return new TempIDConfigurationError(
    `RedisTempIDStore needs one of url, redis, cluster and client, such as ` +
      `RedisTempIDStore.register({ url: 'redis://…' }); got ${got}.`,
  );
}

/** What is wrong with a URL is not said by showing it: there may be a password in it. */
function assertUrl(url: unknown): void {
  if (typeof url === 'string' && /^(redis|valkey)s?:\/\//i.test(url) && URL.canParse(url)) return;
  throw new TempIDConfigurationError(
    `'url' must be a URL such as 'redis://127.0.0.1:6379' or 'rediss://…'; a socket is { redis: { path } }.`,
  );
}

function assertRedisOptions(redis: unknown): void {
  if (isObject(redis) && !isClient(redis)) return;
  throw new TempIDConfigurationError(
    `'redis' must be the options of ioredis, such as { host: '127.0.0.1' }; a client of yours is { client }.`,
  );
}

function assertCluster(cluster: unknown): void {
  if (!isObject(cluster) || isClient(cluster)) {
    throw new TempIDConfigurationError(
      `'cluster' must be { nodes, options? }; a Cluster of yours is { client }.`,
    );
  }
  assertKnown(cluster, CLUSTER_NAMES, `'cluster' of RedisTempIDStore`);
  const { nodes, options = {} } = cluster as { nodes?: unknown; options?: unknown };
  if (!Array.isArray(nodes) || nodes.length === 0) {
    throw new TempIDConfigurationError(
      `'cluster.nodes' must be a list of some servers of the cluster, such as [{ host: '10.0.0.1', port: 6379 }].`,
    );
  }
  if (!isObject(options)) {
    throw new TempIDConfigurationError(
      `'cluster.options' must be the options of ioredis' Cluster, such as { redisOptions: { tls: {} } }.`,
    );
  }
}

function assertClient(client: unknown): void {
  if (isObject(client) && isClient(client)) return;
  throw new TempIDConfigurationError(
    `'client' must be a Redis or a Cluster of ioredis; options of one are { redis } or { cluster }.`,
  );
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isClient(value: object): boolean {
  return ['evalsha', 'eval', 'pipeline', 'once'].every(
    (name) => typeof (value as Record<string, unknown>)[name] === 'function',
  );
}
