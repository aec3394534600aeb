import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort, inScratchDir, launch } from './process.mjs';
import { findDirectory } from './programs.mjs';

export const redis = {
  title: 'Redis',
  variable: 'TEST_REDIS_URL',
  address: '127.0.0.1:6379',
  debianPackage: 'redis-server',
  brewFormula: 'redis',

  usualUrls: () => ['redis://127.0.0.1:6379'],

  async check(url) {
    const client = await connect(url);
    client.disconnect();
  },

  /** An empty logical database that nobody else uses, on a server that is somebody else's. */
  async borrow(url) {
    const holder = await connect(url);
    try {
      const index = await claimEmptyDatabase(holder);
      return {
        url: `${url}/${index}`,
        async stop() {
          // By its own connection: the holder's may have been closed for being idle.
          const client = await connect(`${url}/${index}`);
          await client.flushdb().finally(() => {
            client.disconnect();
            holder.disconnect();
          });
        },
      };
    } catch (error) {
      holder.disconnect();
      throw error;
    }
  },

  program() {
    for (const name of ['redis-server', 'valkey-server']) {
      const dir = findDirectory([name], ['/opt/homebrew/bin', '/usr/local/bin']);
      if (dir) return join(dir, name);
    }
    return undefined;
  },

  start: (program) =>
    inScratchDir(async (dir) => {
      const port = await freePort();
      const url = `redis://127.0.0.1:${port}`;
      const nothingKept = ['--save', '', '--appendonly', 'no'];
      const { stop } = await launch(
        program,
        [...nothingKept, '--port', `${port}`, '--bind', '127.0.0.1', '--dir', dir],
        { dir, stopSignal: 'SIGTERM', ready: () => redis.check(url) },
      );
      return { url, stop };
    }),
};

/**
 * Leaves `client` in the database it found. That is the claim: another run sees a client there and
 * goes on to the next, nothing is written for it and it can't outlive this process.
 */
async function claimEmptyDatabase(client) {
  for (let index = 15; index > 0; index -= 1) {
    // In one transaction, so that of two runs exactly one finds itself alone.
    const replies = await client.multi().select(index).dbsize().client('LIST').exec();
    // It may have fewer databases.
    if (replies.some(([error]) => error)) continue;
    const [, [, keys], [, clients]] = replies;
    const clientsHere = clients.split('\n').filter((line) => line.includes(` db=${index} `));
    if (keys === 0 && clientsHere.length === 1) {
      // A write of nothing: throws on a replica or where the disk is full.
      await client.unlink('nestjs-tempid');
      return index;
    }
  }
  throw new Error('none of the databases 1 to 15 is empty and unused');
}

async function connect(url) {
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
