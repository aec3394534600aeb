import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { TempIDConfigurationError } from '../../common/errors.js';
import { errorMessage } from '../../common/error-message.js';
import type { RedisServer } from './options.js';

/** Options by which a use is counted exactly once. Those of the application do not change them. */
const EXACT = {
  // A command whose answer was lost may have been executed, so it is not sent again …
  autoResendUnfulfilledCommands: false,
  // … and fails with its connection.
  maxRetriesPerRequest: 0,
  // No command waits in the client until nobody waits for it.
  enableOfflineQueue: false,
  // The counts of a replica may be old.
  role: 'master',
  // The store connects when the application has been put together.
  lazyConnect: true,
} as const satisfies RedisOptions;

/** In a cluster each of these would send a command again, or send it to a server that may lack the last uses. */
const EXACT_IN_CLUSTER = {
  retryDelayOnFailover: 0,
  retryDelayOnClusterDown: 0,
  scaleReads: 'master',
  // Of several commands in one pipeline, those that another server has by now would fail.
  enableAutoPipelining: false,
  lazyConnect: true,
} as const;

/** ioredis reads these from a URL as texts, so a 'false' would be true, and a '0' no number. */
const NOT_BY_URL = [...Object.keys(EXACT), 'commandTimeout', 'connectTimeout', 'disconnectTimeout'];

/**
 * A client that is not connected yet, and after how many milliseconds it rejects a command.
 *
 * @throws {@link TempIDConfigurationError} for options that ioredis refuses
 */
export function createClient({ url, redis, cluster }: RedisServer) {
  const options = exactOptions(redis ?? cluster?.options?.redisOptions ?? {});
  const create = () => {
    if (url !== undefined) return new Redis(exactUrl(url), options);
    if (!cluster) return new Redis(options);
    const clusterOptions = { ...cluster.options, ...EXACT_IN_CLUSTER, redisOptions: options };
    return new Cluster(cluster.nodes.map(ofRedis), clusterOptions);
  };
  try {
    return { client: create(), commandTimeout: options.commandTimeout };
  } catch (error) {
    throw new TempIDConfigurationError(`ioredis refuses these options: ${errorMessage(error)}`);
  }
}

function exactOptions(options: RedisOptions) {
  const { reconnectOnError, commandTimeout = 2_000 } = options;
  return {
    connectionName: 'nestjs-tempid',
    connectTimeout: 2_000,
    sentinelCommandTimeout: 2_000,
    // Finds out when a host is gone that nobody asks just now.
    keepAlive: 30_000,
    // A server that is silent would keep the process alive for so long after the end of the connection.
    disconnectTimeout: 100,
    retryStrategy: (times: number) => Math.min(times * 50, 1_000),
    ...options,
    ...EXACT,
    commandTimeout,
    // A primary that was demoted is left. A boolean: by the 2 of ioredis the command would be sent again.
    reconnectOnError: (error: Error) =>
      reconnectOnError ? Boolean(reconnectOnError(error)) : error.message.includes('READONLY'),
  } satisfies RedisOptions;
}

/** ioredis takes 'valkey:' for the name of a host. */
function ofRedis<T>(node: T): T | string {
  return typeof node === 'string' ? node.replace(/^valkey(s?:)/i, 'redis$1') : node;
}

function exactUrl(url: string): string {
  const exact = new URL(ofRedis(url));
  for (const name of NOT_BY_URL) exact.searchParams.delete(name);
  return exact.href;
}
