import type { GroupRevocation, Issue } from '../tempid-store.js';
import type { Connection } from './connection.js';
import { isDuplicateKey } from './driver.js';

/**
 * The statements on what was revoked of groups, in the collection of counts: `{ _id: 'group:<id>', issuedUntil:
 * <Unix milliseconds>, except: <token id or null>, expiresAt: <Date> }`, which the same index removes.
 */
export class GroupsCollection {
  constructor(private readonly connection: Connection) {}

  /** Whether what was revoked of its groups ends a token. Whatever is there does, unless it says that the token goes on. */
  async isEnded(id: string, { at, groups }: Issue, deadline: number): Promise<boolean> {
    const filter = {
      _id: { $in: groups.map((group) => GROUP + group) },
      $nor: [{ issuedUntil: { $lt: at } }, { issuedUntil: at, except: id }],
    };
    const found = await this.connection.run(deadline, (collection, limits) =>
      collection.findOne(filter, { ...limits, projection: MOMENT }),
    );
    return found !== null;
  }

  async revoke(
    group: string,
    revocation: GroupRevocation,
    keepUntil: Date,
    deadline: number,
  ): Promise<void> {
    for (let round = 0; round < ROUNDS; round++) {
      if (await this.replace(group, revocation, keepUntil, deadline)) return;
      if (await this.keepLater(group, revocation, keepUntil, deadline)) return;
      // One that is not later was inserted meanwhile, and is replaced in the next round.
    }
    throw new Error('what was revoked of the group was removed again and again meanwhile');
  }

  /** Whether it is there now; where it is not, a later one is there, or any that was inserted meanwhile. */
  private replace(
    group: string,
    { issuedUntil, except }: GroupRevocation,
    keepUntil: Date,
    deadline: number,
  ): Promise<boolean> {
    return this.connection.run(deadline, async (collection, limits) => {
      try {
        await collection.updateOne(
          { _id: GROUP + group, issuedUntil: { $lte: issuedUntil } },
          { $set: { issuedUntil, except }, $max: { expiresAt: keepUntil } },
          { ...limits, upsert: true },
        );
        return true;
      } catch (error) {
        if (isDuplicateKey(error)) return false;
        throw error;
      }
    });
  }

  /** Whether a later one is there, which is kept for long enough now. */
  private async keepLater(
    group: string,
    { issuedUntil }: GroupRevocation,
    keepUntil: Date,
    deadline: number,
  ): Promise<boolean> {
    const later = await this.connection.run(deadline, (collection, limits) =>
      collection.findOneAndUpdate(
        { _id: GROUP + group, issuedUntil: { $gt: issuedUntil } },
        { $max: { expiresAt: keepUntil } },
        { ...limits, projection: MOMENT, returnDocument: 'after' },
      ),
    );
    return later !== null;
  }
}

/** Before the id of a group, so that it is nobody's count, and no answer: no id begins so. */
const GROUP = 'group:';

/** A second round is for an insertion that met another; a third, for a removal at that very moment. */
const ROUNDS = 4;

const MOMENT = { _id: 0, issuedUntil: 1 };
