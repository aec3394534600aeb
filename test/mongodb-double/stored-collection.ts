import { Int32 } from 'bson';
import { CommandError, duplicateId, unknown } from './command-error.js';
import type { Fields } from './fields.js';
import type { Filter } from './filter.js';
import type { Update } from './update.js';

export interface Index {
  readonly name: string;
  readonly key: Fields;
  readonly expireAfterSeconds: number;
}

/** What became of one statement that writes. */
export interface Written {
  readonly before: Fields | null;
  readonly after: Fields | null;
  readonly isInserted: boolean;
}

/** The documents of one collection. Each change of one of them is a single step. */
export class StoredCollection {
  readonly documents = new Map<string, Fields>();
  readonly indexes: Index[] = [];

  constructor(private readonly namespace: string) {}

  /** The first that the filter finds. */
  find(filter: Filter): Fields | null {
    for (const id of filter.ids) {
      const document = this.documents.get(id);
      if (document && filter.matches(document)) return document;
    }
    return null;
  }

  /**
   * Updates what the filter finds, or inserts. As MongoDB does, it lets others write between its search and its
   * insertion, while it waits for `beforeInsert`. If the id is there by then, it begins again by itself, but only
   * where the filter is nothing but an equality on the unique key.
   *
   * @throws CommandError with the code 11000 where it cannot insert
   */
  async write(
    filter: Filter,
    update: Update,
    upsert: boolean,
    beforeInsert: () => Promise<void>,
  ): Promise<Written> {
    const { id } = filter;
    const before = this.find(filter);
    if (before) {
      const after = update.of(before);
      this.documents.set(id, after);
      return { before, after, isInserted: false };
    }
    if (!upsert) return { before: null, after: null, isInserted: false };
    if (filter.equalities.length > 0) throw unknown(`an upsert of '${filter.equalities.join()}'`);
    const after = update.inserted(id);
    await beforeInsert();
    if (this.documents.has(id)) {
      if (filter.isById) return this.write(filter, update, upsert, beforeInsert);
      throw duplicateId(this.namespace, id);
    }
    this.documents.set(id, after);
    return { before: null, after, isInserted: true };
  }

  /** Does nothing where the same index is there. */
  createIndex(index: Index): void {
    const same = this.indexes.find(({ name }) => name === index.name);
    if (!same) {
      this.indexes.push(index);
    } else if (same.expireAfterSeconds !== index.expireAfterSeconds) {
      const message = `An equivalent index already exists with the same name but different options`;
      throw new CommandError(85, 'IndexOptionsConflict', message);
    }
  }

  /** What MongoDB does about once a minute: removes what the TTL indexes say is over. */
  removeExpired(now: Date): void {
    for (const { key, expireAfterSeconds } of this.indexes) {
      for (const [id, document] of this.documents) {
        const moments = Object.keys(key).map((name) => document[name]);
        const isOver = (moment: unknown) =>
          moment instanceof Date && moment.getTime() + expireAfterSeconds * 1_000 <= now.getTime();
        if (moments.some(isOver)) this.documents.delete(id);
      }
    }
  }

  /** The counts by id, as plain numbers. */
  counts(): Record<string, number> {
    const entries = [...this.documents].map(([id, { count }]): [string, number] => [
      id,
      count instanceof Int32 ? count.value : Number.NaN,
    ]);
    return Object.fromEntries(entries);
  }
}
