import { REVOKED_COUNT } from '../tempid-store.js';
import type { Connection } from './connection.js';
import { isDuplicateKey } from './driver.js';

/**
 * The statements on the collection of counts: `{ _id: <token id>, count: <int32>, expiresAt: <Date> }`, and of
 * the answers that are kept for a second click: `{ _id: 'answer:<id>', value: <Binary>, expiresAt: <Date> }`.
 * Each is one command to the server, which is atomic for one document.
 *
 * None is carried out twice: the driver repeats a write only to a server that knows it again by the number of
 * its transaction (a replica set, a sharded cluster), or that said that it has not begun it.
 * https://github.com/mongodb/specifications/blob/master/source/retryable-writes/retryable-writes.md
 */
export class UsesCollection {
  constructor(private readonly connection: Connection) {}

  /** How many uses are spent with this one; null where none was left, or where the id is not there. */
  spend(id: string, maxUses: number, deadline: number): Promise<number | null> {
    return this.connection.run(deadline, async (collection, limits) => {
      const document = await collection.findOneAndUpdate(
        { _id: id, count: { $lt: maxUses } },
        { $inc: { count: 1 } },
        { ...limits, ...COUNT_AFTER },
      );
      return document && countOf(document);
    });
  }

  /** As {@link spend}, and inserts the id where it is not there; null where it is, which may be by now only. */
  spendOrInsert(
    id: string,
    maxUses: number,
    keepUntil: Date,
    deadline: number,
  ): Promise<number | null> {
    return this.connection.run(deadline, async (collection, limits) => {
      try {
        const document = await collection.findOneAndUpdate(
          { _id: id, count: { $lt: maxUses } },
          { $inc: { count: 1 }, $setOnInsert: { expiresAt: keepUntil } },
          { ...limits, ...COUNT_AFTER, upsert: true },
        );
        return countOf(document);
      } catch (error) {
        if (isDuplicateKey(error)) return null;
        throw error;
      }
    });
  }

  /** null where the id is not there. */
  find(id: string, deadline: number): Promise<number | null> {
    return this.connection.run(deadline, async (collection, limits) => {
      const document = await collection.findOne({ _id: id }, { ...limits, projection: COUNT });
      return document && countOf(document);
    });
  }

  async refund(id: string, deadline: number): Promise<void> {
    await this.connection.run(deadline, (collection, limits) =>
      collection.updateOne(
        { _id: id, count: { $gt: 0, $lt: REVOKED_COUNT } },
        { $inc: { count: -1 } },
        limits,
      ),
    );
  }

  /** @throws Error with the code 11000 where the id was inserted meanwhile, which a second time cannot be */
  async revoke(id: string, keepUntil: Date, deadline: number): Promise<void> {
    await this.connection.run(deadline, (collection, limits) =>
      collection.updateOne(
        { _id: id },
        { $set: { count: REVOKED_COUNT }, $setOnInsert: { expiresAt: keepUntil } },
        { ...limits, upsert: true },
      ),
    );
  }

  async remember(id: string, value: Uint8Array, until: Date, deadline: number): Promise<void> {
    await this.connection.run(deadline, (collection, limits) =>
      collection.updateOne(
        { _id: ANSWER + id },
        { $set: { value: Buffer.from(value), expiresAt: until } },
        { ...limits, upsert: true },
      ),
    );
  }

  /** null where nothing is; the server itself removes what is over up to a minute later. */
  recall(id: string, now: Date, deadline: number): Promise<Uint8Array | null> {
    return this.connection.run(deadline, async (collection, limits) => {
      const document = await collection.findOne(
        { _id: ANSWER + id, expiresAt: { $gt: now } },
        { ...limits, projection: VALUE, promoteValues: true, promoteBuffers: true },
      );
      return document && bytesOf(document);
    });
  }

  /** Has the server remove what is over. To build the index may take long, and does not end with a deadline. */
  async index(): Promise<void> {
    await this.connection.run(null, (collection, limits) =>
      collection.createIndex({ expiresAt: 1 }, { ...limits, expireAfterSeconds: 0 }),
    );
  }
}

/** Before the id of an answer, so that it is nobody's count. */
const ANSWER = 'answer:';

const VALUE = { _id: 0, value: 1 };
const COUNT = { _id: 0, count: 1 };
const COUNT_AFTER = { projection: COUNT, returnDocument: 'after' };

function countOf(document: { count?: unknown } | null): number {
  const count = Number(document?.count ?? Number.NaN);
  if (Number.isSafeInteger(count) && count >= 0) return count;
  throw new Error('the server gave no count');
}

function bytesOf({ value }: { value?: unknown }): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw new Error('the server gave no bytes');
}
