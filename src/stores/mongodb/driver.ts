/** What the store asks of a collection: that of the packages `mongodb` 6 and 7 has it. */
export interface MongoCollection {
  findOneAndUpdate(filter: object, update: object, options: object): Promise<object | null>;
  findOne(filter: object, options: object): Promise<object | null>;
  updateOne(filter: object, update: object, options: object): Promise<unknown>;
  createIndex(keys: Record<string, 1>, options: object): Promise<unknown>;
}

/** What the store asks of a database: a `Db` of the packages `mongodb` 6 and 7, of whichever copy of them. */
export interface MongoDb {
  readonly databaseName: string;
  command(command: object, options: object): Promise<object>;
  collection(name: string, options: CollectionOptions): MongoCollection;
}

interface CollectionOptions {
  readonly readPreference: 'primary';
  readonly writeConcern: { readonly w: 'majority'; readonly journal: true };
}

/**
 * A majority has written a use down when it is allowed, so that the server that an election makes the primary
 * has it: an election loses no use, and no revocation. The primary alone knows all of them.
 */
export const SAFE: CollectionOptions = {
  readPreference: 'primary',
  writeConcern: { w: 'majority', journal: true },
};

/** Whether the server refused an insertion since the id is there. */
export function isDuplicateKey(error: unknown): boolean {
  return error instanceof Error && 'code' in error && Number(error.code) === 11_000;
}

/** Whether a server has answered with this error, and not the driver, which reached none. */
export function isAnswer(error: unknown): boolean {
  return error instanceof Error && error.name === 'MongoServerError';
}
