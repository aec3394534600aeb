import { Command } from 'ioredis';
import { type ClusterClient, type ClusterNode, isCluster, type RedisClient } from './client.js';

/** Another server has the key, or gets it just now. */
export interface Redirection {
  /** The slot is moving, and the server answers for this key only after ASKING. */
  readonly isAsk: boolean;
  /** host:port */
  readonly address: string;
}

export function redirectionIn(error: unknown): Redirection | undefined {
  if (!(error instanceof Error)) return undefined;
  const [kind, , address] = error.message.split(' ');
  if ((kind !== 'MOVED' && kind !== 'ASK') || !address) return undefined;
  return { isAsk: kind === 'ASK', address };
}

/** Keys with one lane may stand in one pipeline, since they are on one server. */
export function batcherOf(client: RedisClient, key: string): string {
  if (!isCluster(client)) return 'the server';
  const { _groupsBySlot: scopes } = client;
  const slot = slotOf(client, key);
  const scope = scopes[slot];
  return scope === undefined ? `slot ${slot}` : `scope ${scope}`;
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

/** The key as it is written on the connection to one server, which may not know the prefix of the cluster's client. */
export function keyAt(node: ClusterNode, cluster: ClusterClient, key: string): string {
  return node.options.keyPrefix ? key : `${cluster.options.keyPrefix ?? ''}${key}`;
}

function slotOf({ options: { keyPrefix = '' } }: ClusterClient, key: string): number {
  return new Command('get', [keyPrefix + key]).getSlot();
}
