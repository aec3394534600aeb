import { CommandError, unknown } from './command-error.js';
import {
  expectFields,
  expectFlag,
  expectInt32,
  expectList,
  expectOnly,
  expectText,
  type Fields,
  valueAt,
  withValueAt,
} from './fields.js';
import { Filter } from './filter.js';
import type { Index, StoredCollection, Written } from './stored-collection.js';
import { Update } from './update.js';

/** What a command is carried out on. */
interface Target {
  readonly namespace: string;
  readonly collection: StoredCollection;
  readonly beforeInsert: () => Promise<void>;
}

type Command = (command: Fields, target: Target) => Fields | Promise<Fields>;

/** The commands that the store sends, each with the fields that it sends them with. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  findAndModify: async (command, target) => {
    const { query, update, upsert, remove, fields, ...others } = expectWrite(command, [
      'query',
      'update',
      'upsert',
      'remove',
      'new',
      'fields',
    ]);
    if (remove !== false) throw unknown('a findAndModify that removes');
    if (others['new'] !== true) throw unknown('a findAndModify that answers what was there before');
    const written = await write(query, update, upsert, target);
    const { after, before, isInserted } = written;
    const lastErrorObject = {
      n: after ? 1 : 0,
      updatedExisting: before !== null,
      ...(isInserted && { upserted: after?.['_id'] }),
    };
    return { lastErrorObject, value: after && projected(after, fields), ok: 1 };
  },

  update: async (command, target) => {
    const { updates, ordered } = expectWrite(command, ['updates', 'ordered']);
    expectFlag(ordered, `'ordered'`);
    const [statement, ...more] = expectList(updates, 'updates');
    if (more.length > 0) throw unknown('several updates in one command');
    const { q, u, upsert = false, ...others } = expectFields(statement, 'an update');
    expectOnly(others, [], 'an update');
    try {
      const { before, after, isInserted } = await write(q, u, upsert, target);
      return {
        n: after ? 1 : 0,
        nModified: before ? 1 : 0,
        ...(isInserted && { upserted: [{ index: 0, _id: after?.['_id'] }] }),
        ok: 1,
      };
    } catch (error) {
      if (!(error instanceof CommandError) || error.code !== 11_000) throw error;
      return { n: 0, nModified: 0, writeErrors: [error.toWriteError(0)], ok: 1 };
    }
  },

  find: (command, { collection, namespace }) => {
    const { filter, projection, limit, singleBatch, batchSize = limit } = command;
    expectCommand(command, ['filter', 'projection', 'limit', 'singleBatch', 'batchSize']);
    for (const number of [limit, batchSize]) {
      if (expectInt32(number, 'a limit') !== 1) throw unknown('a find of several documents');
    }
    if (expectFlag(singleBatch, `'singleBatch'`) === false) throw unknown('a find with a cursor');
    const found = collection.find(new Filter(expectFields(filter, 'a filter')));
    const firstBatch = found ? [projected(found, projection)] : [];
    return { cursor: { firstBatch, id: 0n, ns: namespace }, ok: 1 };
  },

  createIndexes: (command, { collection }) => {
    const { indexes } = expectWrite(command, ['indexes']);
    const before = collection.indexes.length + 1;
    for (const index of expectList(indexes, 'indexes')) collection.createIndex(toIndex(index));
    return { numIndexesBefore: before, numIndexesAfter: collection.indexes.length + 1, ok: 1 };
  },
};

/** @throws CommandError for a field that is not known */
function expectCommand(command: Fields, names: readonly string[]): void {
  const [name = ''] = Object.keys(command);
  expectOnly(command, [name, '$db', 'lsid', 'maxTimeMS', ...names], name);
  const { maxTimeMS } = command;
  if (maxTimeMS !== undefined && expectInt32(maxTimeMS, `'maxTimeMS'`) <= 0) {
    throw unknown(`a 'maxTimeMS' that is no limit`);
  }
}

/** @throws CommandError for a field that is not known, and where less than a majority would have to write */
function expectWrite(command: Fields, names: readonly string[]): Fields {
  expectCommand(command, ['txnNumber', 'writeConcern', ...names]);
  const { w, j, ...others } = expectFields(command['writeConcern'], `a 'writeConcern'`);
  expectOnly(others, [], `a 'writeConcern'`);
  if (w !== 'majority' || j !== true) throw unknown('a write that no majority has written down');
  return command;
}

function write(query: unknown, update: unknown, upsert: unknown, target: Target): Promise<Written> {
  return target.collection.write(
    new Filter(expectFields(query, 'a filter')),
    new Update(expectFields(update, 'an update')),
    expectFlag(upsert, `'upsert'`),
    target.beforeInsert,
  );
}

/** The fields that are asked for by `{ _id: 0, <name>: 1 }`. */
function projected(document: Fields, projection: unknown): Fields {
  const { _id, ...others } = expectFields(projection, 'a projection');
  if (expectInt32(_id, 'a projection') !== 0) throw unknown(`a projection with the '_id'`);
  for (const value of Object.values(others)) {
    if (expectInt32(value, 'a projection') !== 1) throw unknown('a projection without a field');
  }
  return Object.keys(others).reduce<Fields>((found, name) => {
    const value = valueAt(document, name);
    return value === undefined ? found : withValueAt(found, name, value);
  }, {});
}

function toIndex(value: unknown): Index {
  const { name, key, expireAfterSeconds, ...others } = expectFields(value, 'an index');
  expectOnly(others, [], 'an index');
  return {
    name: expectText(name, 'a name of an index'),
    key: expectFields(key, 'a key of an index'),
    expireAfterSeconds: expectInt32(expireAfterSeconds, `'expireAfterSeconds'`),
  };
}
