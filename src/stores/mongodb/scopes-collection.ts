import type { ScopeRevocation } from '../scope-revocations.js';
import type { Issuance } from '../tempid-store.js';
import type { Connection } from './connection.js';
import { isDuplicateKey } from './driver.js';

/** Before the id of a scope, so that it is nobody's count: no id begins so. */
const SCOPE = 'group:';

/** A second round is for an insertion that met another; a third, for a removal at that very moment. */
const MAX_ROUNDS = 4;

const MOMENT = { _id: 0, issuedUntil: 1 };

/**
 * The statements on revocations of scopes, in the collection of counts: `{ _id: 'group:<id>', issuedUntil:
 * <Unix milliseconds>, except: <token id or null>, expiresAt: <Date> }`, which the same index removes.
 */
export class ScopesCollection {
  constructor(private readonly connection: Connection) {}

  /** Whether a revocation of its scopes ends a token. Whatever is there does, unless it says that the token goes on. */
  async isEnded(id: string, { at, scopes }: Issuance, deadline: number): Promise<boolean> {
    const filter = {
      _id: { $in: scopes.map((scope) => SCOPE + scope) },
      $nor: [{ issuedUntil: { $lt: at } }, { issuedUntil: at, except: id }],
    };
    const found = await this.connection.run(deadline, (collection, limits) =>
      collection.findOne(filter, { ...limits, projection: MOMENT }),
    );
    return found !== null;
  }

  async revoke(
    scope: string,
    revocation: ScopeRevocation,
    keepUntil: Date,
    deadline: number,
  ): Promise<void> {
    for (let round = 0; round < MAX_ROUNDS; round++) {
      if (await this.replace(scope, revocation, keepUntil, deadline)) return;
      if (await this.keepLater(scope, revocation, keepUntil, deadline)) return;
      // One that is not later was inserted meanwhile, and is replaced in the next round.
    }
    throw new Error('what was revoked of the scope was removed again and again meanwhile');
  }

  /** Whether it is there now; where it is not, a later one is there, or any that was inserted meanwhile. */
  private replace(
    scope: string,
    { issuedUntil, except }: ScopeRevocation,
    keepUntil: Date,
    deadline: number,
  ): Promise<boolean> {
    return this.connection.run(deadline, async (collection, limits) => {
      try {
        await collection.updateOne(
          { _id: SCOPE + scope, issuedUntil: { $lte: issuedUntil } },
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
    scope: string,
    { issuedUntil }: ScopeRevocation,
    keepUntil: Date,
    deadline: number,
  ): Promise<boolean> {
    const later = await this.connection.run(deadline, (collection, limits) =>
      collection.findOneAndUpdate(
        { _id: SCOPE + scope, issuedUntil: { $gt: issuedUntil } },
        { $max: { expiresAt: keepUntil } },
        { ...limits, projection: MOMENT, returnDocument: 'after' },
      ),
    );
    return later !== null;
  }
}
