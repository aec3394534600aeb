export {
  type RedisClient,
  RedisTempIDStore,
  type RedisTempIDStoreOptions,
} from './redis-tempid.store.js';
