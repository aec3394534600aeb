export type { RedisClient } from './client.js';
export type { RedisTempIDStoreOptions } from './options.js';
export { RedisTempIDStore } from './redis-tempid.store.js';
