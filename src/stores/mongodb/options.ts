import { TempIDConfigurationError } from '../../common/errors.js';
import { asGiven, parseText, pickOptions } from '../../common/options.js';
import type { MongoDb } from './driver.js';

/** The server by its URL, or a database that the application has open, which the store never closes. */
export type MongoTempIDStoreOptions = {
  /** Where the counts are. Default: 'tempid_uses'. */
  collection?: string;
} & (
  | {
      /** A connection string of MongoDB. What it says of timeouts and of the pool is heeded. */
      url: string;
      /** Default: the database that the URL names. */
      database?: string;
      db?: never;
    }
  | {
      /** A `Db` of the driver, such as `client.db()`, or `connection.db` of mongoose. */
      db: MongoDb;
      url?: never;
      database?: never;
    }
);

/** One of `url` and `db` is there, and the other may be undefined. */
const OTHER = { ...asGiven(), missing: 'kept' } as const;
const RULES_BY_URL = { url: OTHER, database: asGiven(), collection: asGiven() };
const RULES_BY_DB = { db: OTHER, collection: asGiven() };

/** @throws {@link TempIDConfigurationError} for the first option that is wrong */
export function parseOptions(
  options: MongoTempIDStoreOptions | null | undefined,
): MongoTempIDStoreOptions {
  if (typeof options !== 'object' || options === null) throw neitherNor();
  if ('db' in options && options.url === undefined) {
    assertDb(options.db);
    return withCollection(pickOptions(options, RULES_BY_DB, 'MongoTempIDStore with a db'));
  }
  if ('url' in options && options.db === undefined) {
    parseText(options.url, 'url');
    const picked = pickOptions(options, RULES_BY_URL, 'MongoTempIDStore with a url');
    if (picked.database !== undefined) assertDatabase(picked.database);
    return withCollection(picked);
  }
  throw neitherNor();
}

/** A connection of mongoose has collections too, which keep statements in a queue: it is not a database. */
function assertDb(db: Partial<MongoDb> | null | undefined): void {
  if (typeof db?.collection === 'function' && typeof db.databaseName === 'string') return;
  throw new TempIDConfigurationError(
    `'db' must be a Db of the driver of MongoDB: client.db() of a MongoClient, or connection.db of mongoose once it ` +
      'is connected.',
  );
}

/** @see https://www.mongodb.com/docs/manual/reference/limits/#naming-restrictions */
function assertDatabase(name: string): void {
  if (/^[^/\\. "$*<>:|?\0]{1,63}$/.test(parseText(name, 'database'))) return;
  throw new TempIDConfigurationError(
    `'database' must be a name of at most 63 characters without spaces and / \\ . " $ * < > : | ?`,
  );
}

function withCollection(options: MongoTempIDStoreOptions): MongoTempIDStoreOptions {
  const { collection } = options;
  if (collection === undefined) return options;
  if (/^(?!system\.)[^.$\0]+(\.[^.$\0]+)*$/.test(parseText(collection, 'collection')))
    return options;
  throw new TempIDConfigurationError(
    `'collection' must be a name without $, without a . at its ends, and not one that begins with 'system.'`,
  );
}

function neitherNor(): TempIDConfigurationError {
  return new TempIDConfigurationError(
    `MongoTempIDStore needs either a url or a db: store: MongoTempIDStore.register({ url: 'mongodb://…' }), or { db }.`,
  );
}
