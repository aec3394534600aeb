import { createHash } from 'node:crypto';
import { TempIDConfigurationError } from '../../common/errors.js';
import { type ConsumeOptions, type ConsumeResult, REVOKED_COUNT } from '../tempid-store.js';
import { repeatedUse, type UsedBy } from '../used-by.js';
import type { Connection } from './connection.js';
import { isDuplicateKey } from './driver.js';

/** A count that comes and goes more often while one use is asked for is no count of a token that works. */
const MAX_ROUNDS = 4;

/** How many who used it a token may have, since they are part of its document, of 16 MiB at most. */
const MAX_USERS = 10_000;

const COUNT = { _id: 0, count: 1 };
const COUNT_AFTER = { projection: COUNT, returnDocument: 'after' };

/**
 * The statements on the collection of counts: `{ _id: <token id>, count: <int32>, expiresAt: <Date> }`, and with
 * `by` also `usedBy: { <hash of by>: { by, at: <Date> } }, users: <int32>`. Each is one command to the server, which is
 * atomic for one document.
 *
 * None is carried out twice: the driver repeats a write only to a server that knows it again by the number of
 * its transaction (a replica set, a sharded cluster), or that said that it has not begun it.
 * https://github.com/mongodb/specifications/blob/master/source/retryable-writes/retryable-writes.md
 */
export class UsesCollection {
  constructor(private readonly connection: Connection) {}

  /**
   * MongoDB reports a spent token by a duplicate key, and by the same one who had their use, and a use that another
   * first use overtook.
   *
   * @throws {@link TempIDConfigurationError} for one more than {@link MAX_USERS}
   */
  async consume(
    id: string,
    maxUses: number,
    keepUntil: Date,
    options: ConsumeOptions,
    deadline: number,
  ): Promise<ConsumeResult> {
    const { by } = options;
    let isThere = false;
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const used = await this.increment(id, maxUses, isThere ? null : keepUntil, by, deadline);
      if (used !== null) return { allowed: true, used };
      const found = await this.read(id, by, deadline);
      const count = found?.count ?? 0;
      if (count >= REVOKED_COUNT) return { allowed: false, used: count };
      if (found?.user) return repeatedUse(found.user.at.getTime(), count, options);
      // One that was there had no use left, though one may have been refunded by now.
      if (found && count < maxUses && found.users >= MAX_USERS) throw tooMany();
      if (found && (isThere || count >= maxUses)) {
        return { allowed: false, used: Math.max(count, maxUses) };
      }
      isThere = found !== null;
    }
    throw new Error('the count was removed again and again while a use was asked for');
  }

  /** null where the id is not there. */
  async find(id: string, deadline: number): Promise<number | null> {
    return (await this.read(id, undefined, deadline))?.count ?? null;
  }

  /** All who used a token, in no order. */
  findUsers(id: string, deadline: number): Promise<UsedBy[]> {
    return this.connection.run(deadline, async (collection, limits) => {
      const options = { ...limits, projection: { _id: 0, usedBy: 1 } };
      const document = (await collection.findOne({ _id: id }, options)) ?? {};
      return Object.values(usersIn(document));
    });
  }

  async refund(id: string, by: string | undefined, deadline: number): Promise<void> {
    const filter = { _id: id, count: { $gt: 0, $lt: REVOKED_COUNT } };
    const field = by !== undefined && fieldOf(by);
    await this.connection.run(deadline, (collection, limits) =>
      field
        ? collection.updateOne(
            { ...filter, [field]: { $exists: true } },
            { $inc: { count: -1, users: -1 }, $unset: { [field]: '' } },
            limits,
          )
        : collection.updateOne(filter, { $inc: { count: -1 } }, limits),
    );
  }

  async prolong(id: string, keepUntil: Date, deadline: number): Promise<void> {
    await this.upsert(
      { _id: id },
      { $max: { expiresAt: keepUntil }, $setOnInsert: { count: 0 } },
      deadline,
    );
  }

  async revoke(id: string, keepUntil: Date, deadline: number): Promise<void> {
    await this.upsert({ _id: id }, revocation(keepUntil), deadline);
  }

  /** Whether it did. */
  async revokeIfUsed(
    id: string,
    used: number,
    keepUntil: Date,
    deadline: number,
  ): Promise<boolean> {
    if (used >= REVOKED_COUNT) return false;
    if (used !== 0) return this.isRevoked({ _id: id, count: used }, keepUntil, deadline);
    try {
      return await this.isRevoked({ _id: id, count: { $lt: 1 } }, keepUntil, deadline, true);
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
      return this.isRevoked({ _id: id, count: 0 }, keepUntil, deadline);
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
    by: string | undefined,
    deadline: number,
  ): Promise<number | null> {
    const insertion = keepUntil && { $setOnInsert: { expiresAt: keepUntil } };
    const field = by !== undefined && fieldOf(by);
    const filter = { _id: id, count: { $lt: maxUses } };
    const update = { $inc: { count: 1 }, ...insertion };
    const isNew = field && { [field]: { $exists: false }, users: { $not: { $gte: MAX_USERS } } };
    const user = field && {
      $inc: { count: 1, users: 1 },
      $set: { [field]: { by, at: new Date(Date.now()) } },
    };
    return this.connection.run(deadline, async (collection, limits) => {
      try {
        const document = await collection.findOneAndUpdate(
          { ...filter, ...isNew },
          { ...update, ...user },
          { ...limits, ...COUNT_AFTER, ...(insertion && { upsert: true }) },
        );
        return document || insertion ? countOf(document) : null;
      } catch (error) {
        if (insertion && isDuplicateKey(error)) return null;
        throw error;
      }
    });
  }

  private isRevoked(
    filter: object,
    keepUntil: Date,
    deadline: number,
    upsert = false,
  ): Promise<boolean> {
    return this.connection.run(deadline, async (collection, limits) => {
      const options = { ...limits, ...COUNT_AFTER, ...(upsert && { upsert }) };
      return (await collection.findOneAndUpdate(filter, revocation(keepUntil), options)) !== null;
    });
  }

  private async upsert(filter: object, update: object, deadline: number): Promise<void> {
    const write = () =>
      this.connection.run(deadline, (collection, limits) =>
        collection.updateOne(filter, update, { ...limits, upsert: true }),
      );
    try {
      await write();
    } catch (error) {
      // The id was inserted meanwhile, which cannot happen a second time.
      if (!isDuplicateKey(error)) throw error;
      await write();
    }
  }

  /** What is known of a token, and of one who may have used it; null where it is not there. */
  private read(id: string, by: string | undefined, deadline: number): Promise<Found | null> {
    const hash = by === undefined ? '' : hashOf(by);
    const projection = hash ? { ...COUNT, users: 1, [`usedBy.${hash}`]: 1 } : COUNT;
    return this.connection.run(deadline, async (collection, limits) => {
      const document = await collection.findOne({ _id: id }, { ...limits, projection });
      if (!document) return null;
      const user = usersIn(document)[hash];
      const { users } = document as { users?: unknown };
      return { count: countOf(document), users: Number(users ?? 0), ...(user && { user }) };
    });
  }
}

interface Found {
  readonly count: number;
  readonly users: number;
  readonly user?: UsedBy;
}

function revocation(keepUntil: Date): object {
  return { $set: { count: REVOKED_COUNT }, $max: { expiresAt: keepUntil } };
}

/** A name of a field, whatever is in a name: a point or a dollar would mean something there. */
function hashOf(by: string): string {
  return createHash('sha256').update(by).digest('base64url');
}

function fieldOf(by: string): string {
  return `usedBy.${hashOf(by)}`;
}

/** @throws Error where one of them is not as ours */
function usersIn(document: object): Record<string, UsedBy> {
  const { usedBy = {} } = document as { usedBy?: Record<string, Partial<UsedBy>> };
  for (const { by, at } of Object.values(usedBy)) {
    if (typeof by !== 'string' || !(at instanceof Date)) throw new Error('the server gave nobody');
  }
  return usedBy as Record<string, UsedBy>;
}

function tooMany(): TempIDConfigurationError {
  return new TempIDConfigurationError(
    `MongoTempIDStore knows ${MAX_USERS} who used one token, and no more: use another store, or fewer uses a token.`,
  );
}

function countOf(document: { count?: unknown } | null): number {
  const count = Number(document?.count ?? Number.NaN);
  if (Number.isSafeInteger(count) && count >= 0) return count;
  throw new Error('the server gave no count');
}
