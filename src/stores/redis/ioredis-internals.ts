/**
 * What is used of ioredis beside its documented API: the slots of a Cluster, the states of a client, and the texts of
 * its errors. Read in ioredis 5.11.1 and 6.0.0; a change fails test/stores/redis-cluster.spec.ts, redis-replicas.spec.ts
 * and redis-outage.spec.ts.
 */
import { Command } from 'ioredis';
import { errorMessage } from '../../common/error-message.js';
import type { RedisClient } from './client.js';

/** What a `Cluster` has beside that of a client. */
export interface ClusterClient<Node extends ClusterNode = ClusterNode> extends RedisClient {
  readonly isCluster: boolean;
  readonly options: NonNullable<RedisClient['options']>;
  /** The addresses of the servers of each slot, the primary first. */
  readonly slots: readonly (readonly string[] | undefined)[];
  /** The same number for two slots on the same servers: only their keys may stand in one pipeline. */
  readonly _groupsBySlot: readonly (number | undefined)[];
  nodes(role: 'all' | 'master'): Node[];
}

/** The connection of a `Cluster` to one of its servers. */
export interface ClusterNode extends RedisClient {
  readonly options: NonNullable<RedisClient['options']> & {
    readonly host?: string | undefined;
    readonly port?: number | undefined;
  };
}

export function isCluster(client: RedisClient): client is ClusterClient {
  return 'isCluster' in client && client.isCluster === true;
}

/** The name of a place: keys with the same one may stand in one pipeline, since they are on one server. */
export function placeOf(client: RedisClient, key: string): string {
  if (!isCluster(client)) return 'the server';
  const { _groupsBySlot: groups } = client;
  const slot = slotOf(client, key);
  const group = groups[slot];
  return group === undefined ? `slot ${slot}` : `group ${group}`;
}

/** The connection to the primary that had a key when the client last heard of it. */
export function primaryOf<Node extends ClusterNode>(
  cluster: ClusterClient<Node>,
  key: string,
): Node | undefined {
  const address = cluster.slots[slotOf(cluster, key)]?.[0];
  return address === undefined ? undefined : nodeAt(cluster, address);
}

export function nodeAt<Node extends ClusterNode>(
  cluster: ClusterClient<Node>,
  address: string,
): Node | undefined {
  return cluster.nodes('all').find(({ options: { host, port } }) => `${host}:${port}` === address);
}

/** The key as it is written on the connection to one server, which may lack the prefix of the cluster's client. */
export function keyAt(node: ClusterNode, cluster: ClusterClient, key: string): string {
  return node.options.keyPrefix ? key : `${cluster.options.keyPrefix ?? ''}${key}`;
}

function slotOf({ options: { keyPrefix = '' } }: ClusterClient, key: string): number {
  return new Command('get', [keyPrefix + key]).getSlot();
}

/** The states in which ioredis puts a command into a queue, and sends it whenever that comes to an end. */
const QUEUEING: ReadonlySet<string> = new Set([
  'connecting',
  'connect',
  'reconnecting',
  'close',
  'disconnecting',
]);

/** Whether the client is on its way to a connection. */
export function isConnecting({ status }: RedisClient): boolean {
  return QUEUEING.has(status);
}

const UNANSWERED = 'Command timed out';

/** What ioredis says of retries that there are none of, and of a queue that is not there. */
const PLAIN_REASONS = [
  ['Reached the max retries per request limit', 'the connection was lost before the answer came'],
  ["Stream isn't writeable", 'the connection was lost'],
  [UNANSWERED, 'there was no answer in time'],
] as const;

/** A connection that the store has made is left at once. */
const DEMOTED =
  'the server is a replica now (READONLY); a client of the application must leave it, by reconnectOnError: ' +
  `(error) => error.message.includes('READONLY')`;

/** The reason that an error of ioredis gives. */
export function reasonIn(error: unknown): string {
  const reason = errorMessage(error);
  // Of Redis 6 it stands within the error of the script.
  if (reason.includes("READONLY You can't write")) return DEMOTED;
  for (const [start, plain] of PLAIN_REASONS) if (reason.startsWith(start)) return plain;
  // A cluster only says that no server answered; the last one may have said why.
  const last = error instanceof Error && 'lastNodeError' in error ? error.lastNodeError : undefined;
  return last ? `${reason} ${errorMessage(last)}` : reason;
}

/**
 * An error of ioredis without the command that it carries: its arguments are the password where the server
 * refuses that.
 */
export function plainError(error: unknown): Error {
  return new Error(reasonIn(error));
}

/** The client had no answer within its `commandTimeout`. */
export function isUnanswered(error: unknown): boolean {
  return error instanceof Error && error.message === UNANSWERED;
}
