/**
 * Experimental: its tests have run against a double of MongoDB only, and not against a real server.
 *
 * @module
 */
export type { MongoCollection, MongoDb } from './driver.js';
export { MongoTempIDStore } from './mongo-tempid.store.js';
export type { MongoTempIDStoreOptions } from './options.js';
