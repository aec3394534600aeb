import { type ConsumeResult, REVOKED_COUNT } from '../tempid-store.js';
import type { Connection } from './connection.js';
import { isDuplicateKey } from './driver.js';

/** A count that comes and goes more often while one use is asked for is no count of a token that works. */
const MAX_ROUNDS = 4;

const COUNT = { _id: 0, count: 1 };
const COUNT_AFTER = { projection: COUNT, returnDocument: 'after' };

/**
 * The statements on the collection of counts: `{ _id: <token id>, count: <int32>, expiresAt: <Date> }`. Each is one
 * command to the server, which is atomic for one document.
 *
 * None is carried out twice: the driver repeats a write only to a server that knows it again by the number of
 * its transaction (a replica set, a sharded cluster), or that said that it has not begun it.
 * https://github.com/mongodb/specifications/blob/master/source/retryable-writes/retryable-writes.md
 */
export class UsesCollection {
  constructor(private readonly connection: Connection) {}

  /** MongoDB reports a spent token by a duplicate key, and by the same a use that another first use overtook. */
  async consume(
    id: string,
    maxUses: number,
    keepUntil: Date,
    deadline: number,
  ): Promise<ConsumeResult> {
    let isThere = false;
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const used = await this.increment(id, maxUses, isThere ? null : keepUntil, deadline);
      if (used !== null) return { allowed: true, used };
      const count = await this.find(id, deadline);
      // One that was there had no use left, though one may have been refunded by now.
      if (count !== null && (isThere || count >= maxUses)) {
        return { allowed: false, used: Math.max(count, maxUses) };
      }
      isThere = count !== null;
    }
    throw new Error('the count was removed again and again while a use was asked for');
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

  async revoke(id: string, keepUntil: Date, deadline: number): Promise<void> {
    const update = () =>
      this.connection.run(deadline, (collection, limits) =>
        collection.updateOne(
          { _id: id },
          { $set: { count: REVOKED_COUNT }, $setOnInsert: { expiresAt: keepUntil } },
          { ...limits, upsert: true },
        ),
      );
    try {
      await update();
    } catch (error) {
      // The id was inserted meanwhile, which cannot happen a second time.
      if (!isDuplicateKey(error)) throw error;
      await update();
    }
  }

  /** Has the server remove what is over. To build the index may take long, and does not end with a deadline. */
  async index(): Promise<void> {
    await this.connection.run(null, (collection, limits) =>
      collection.createIndex({ expiresAt: 1 }, { ...limits, expireAfterSeconds: 0 }),
    );
  }

  /**
   * How many uses are spent with this one; null where none was left.
   *
   * @param keepUntil null: an id that is not there is not inserted, which is null as well
   */
  private increment(
    id: string,
    maxUses: number,
    keepUntil: Date | null,
    deadline: number,
  ): Promise<number | null> {
    const insertion = keepUntil && { $setOnInsert: { expiresAt: keepUntil } };
    return this.connection.run(deadline, async (collection, limits) => {
      try {
        const document = await collection.findOneAndUpdate(
          { _id: id, count: { $lt: maxUses } },
          { $inc: { count: 1 }, ...insertion },
          { ...limits, ...COUNT_AFTER, ...(insertion && { upsert: true }) },
        );
        return document || insertion ? countOf(document) : null;
      } catch (error) {
        if (insertion && isDuplicateKey(error)) return null;
        throw error;
      }
    });
  }
}

function countOf(document: { count?: unknown } | null): number {
  const count = Number(document?.count ?? Number.NaN);
  if (Number.isSafeInteger(count) && count >= 0) return count;
  throw new Error('the server gave no count');
}
