export type { MongoCollection, MongoDb } from './driver.js';
export { MongoTempIDStore } from './mongo-tempid.store.js';
export type { MongoTempIDStoreOptions } from './options.js';
