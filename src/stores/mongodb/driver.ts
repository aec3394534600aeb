/** What the store needs of a collection: that of the packages `mongodb` 6 and 7 has it. */
export interface MongoCollection {
  findOneAndUpdate(filter: object, update: object, options: object): Promise<object | null>;
  findOne(filter: object, options: object): Promise<object | null>;
  updateOne(filter: object, update: object, options: object): Promise<unknown>;
  createIndex(keys: Record<string, 1>, options: object): Promise<unknown>;
}

/** What the store needs of a database: a `Db` of the packages `mongodb` 6 and 7, of whichever copy of them. */
export interface MongoDb {
  readonly databaseName: string;
  command(command: object, options: object): Promise<object>;
  collection(name: string, options: object): MongoCollection;
}

/** Whether the server refused an insertion since the id is there. */
export function isDuplicateKey(error: unknown): boolean {
  return error instanceof Error && 'code' in error && Number(error.code) === 11_000;
}

/** Whether a server has answered with this error, and not the driver, which reached none. */
export function isAnswer(error: unknown): boolean {
  return error instanceof Error && error.name === 'MongoServerError';
}
