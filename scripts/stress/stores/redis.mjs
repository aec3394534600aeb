import { Cluster, Redis } from 'ioredis';
import { newName, serverOf } from './server.mjs';

/** As long as storeTimeout is there, since the store gives up a command after two seconds by itself. */
const PATIENT = { commandTimeout: 60_000 };

export async function openRedis(context) {
  const { url, server, isGiven } = await serverOf('redis', context);
  if (server) return { connection: redis({ url }), server };

  const keyPrefix = `${newName()}:`;
  if (isGiven) context.defer(() => clear(new Redis(url), keyPrefix));
  return { connection: redis({ redis: { ...addressIn(url), ...PATIENT }, keyPrefix }) };
}

export async function openRedisCluster(context) {
  const { url, server, isGiven } = await serverOf('redisCluster', context);
  const nodes = url.split(',');
  if (server) {
    return {
      connection: redis({ cluster: { nodes }, waitReplicas: 1 }),
      server,
      note: 'one of three primaries was killed, and its replica took its place; waitReplicas: 1',
    };
  }
  const keyPrefix = `${newName()}:`;
  if (isGiven) context.defer(() => clear(new Cluster(nodes), keyPrefix));
  const options = { redisOptions: PATIENT };
  return { connection: redis({ cluster: { nodes, options }, keyPrefix }) };
}

const redis = (options) => ({ kind: 'redis', options });

/** A URL cannot say how long to wait. */
function addressIn(url) {
  const { protocol, hostname, port, username, password, pathname } = new URL(url);
  return {
    host: hostname,
    port: Number(port || 6379),
    username: decodeURIComponent(username),
    password: decodeURIComponent(password),
    db: Number(pathname.slice(1)),
    ...(protocol === 'rediss:' && { tls: {} }),
  };
}

async function clear(client, keyPrefix) {
  try {
    await client.ping();
    const nodes = client.isCluster ? client.nodes('master') : [client];
    for (const node of nodes) {
      for await (const keys of node.scanStream({ match: `${keyPrefix}*`, count: 1_000 })) {
        // One by one, as those of a cluster's node need not be in one slot.
        await Promise.all(keys.map((key) => node.unlink(key)));
      }
    }
  } finally {
    client.disconnect();
  }
}
