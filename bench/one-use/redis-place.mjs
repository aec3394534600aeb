import { Redis } from 'ioredis';
import { RedisTempIDStore } from 'nestjs-tempid/redis';
import { CONSUME } from '../../build/stores/redis/scripts.js';
import { startServices, stopServices } from '../../scripts/services/index.mjs';
import { KEEP_UNTIL, LIMIT, openApplication } from './tokens.mjs';

const BATCH = 10_000;
const FILL = `
for n = 1, ${BATCH} do
  redis.call('SET', 'tempid:live-' .. ARGV[1] .. '-' .. n, 1, 'PXAT', ARGV[2])
end`;

/** Each in a logical database of its own. */
export function onRedis() {
  return async (_place, live) => {
    const services = await startServices(['redis']);
    const { url } = services.redis;
    const client = new Redis(url);
    for (let batch = 0; batch < Math.max(1, live / BATCH); batch++) {
      await client.eval(FILL, 0, batch, KEEP_UNTIL.getTime());
    }
    const application = await openApplication(RedisTempIDStore.register({ url }));
    const { idOf, context } = application;
    return {
      ...application,
      bare: (index) =>
        client.evalsha(CONSUME.sha1, 1, `tempid:${idOf(index)}`, LIMIT, KEEP_UNTIL.getTime()),
      async close() {
        await client.quit();
        await context.close();
        await stopServices(services);
      },
    };
  };
}
