import { askRedis, connectRedis } from './redis-client.mjs';
import { findRedis, launchRedis } from './redis-node.mjs';
import { freePort } from './system/ports.mjs';
import { inScratchDir } from './system/scratch-dir.mjs';

export const redis = {
  title: 'Redis',
  variable: 'TEST_REDIS_URL',
  address: '127.0.0.1:6379',
  debianPackage: 'redis-server',
  brewFormula: 'redis',

  usualUrls: () => ['redis://127.0.0.1:6379'],

  check: (url) => askRedis(url, 'PING'),

  /** An empty logical database that nobody else uses, on a server that is somebody else's. */
  async borrow(url) {
    const holder = await connectRedis(url);
    try {
      const index = await claimEmptyDatabase(holder);
      return {
        url: `${url}/${index}`,
        async stop() {
          // By its own connection: the holder's may have been closed for being idle.
          const client = await connectRedis(`${url}/${index}`);
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

  program: findRedis,

  start: (program, options) =>
    inScratchDir(async (dir, defer) =>
      launchRedis(program, { ...options, dir, port: await freePort() }, defer),
    ),
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
