import { Redis } from 'ioredis';

/** Sends one command on a connection of its own. */
export async function askRedis(url, ...command) {
  const client = await connectRedis(url);
  try {
    return await client.call(...command);
  } finally {
    client.disconnect();
  }
}

/** What INFO says of its replication, by name. */
export async function replicationOf(url) {
  const text = await askRedis(url, 'INFO', 'replication');
  return Object.fromEntries(text.split('\r\n').map((line) => line.split(/:(.*)/)));
}

export async function connectRedis(url) {
  const client = new Redis(url, {
    lazyConnect: true,
    connectTimeout: 5_000,
    commandTimeout: 5_000,
    retryStrategy: null,
  });
  // connect() itself only says "Connection is closed."; the reason comes as an event.
  let reason;
  client.on('error', (error) => {
    reason = error;
  });
  try {
    await client.connect();
    await client.ping();
    return client;
  } catch (error) {
    // Once it has ended this would only leave a timer behind.
    if (client.status !== 'end') client.disconnect();
    throw reason ?? error;
  }
}
