import type { ConsumeResult } from '../tempid-store.js';
import type { UsesCollection } from './uses-collection.js';

/** A count that comes and goes more often while one use is asked for is no count of a token that works. */
const ROUNDS = 4;

/** Spends one use. MongoDB tells a spent token by a duplicate key, and by the same a use that another first use overtook. */
export async function consumeOne(
  uses: UsesCollection,
  id: string,
  maxUses: number,
  keepUntil: Date,
  deadline: number,
): Promise<ConsumeResult> {
  let isThere = false;
  for (let round = 0; round < ROUNDS; round++) {
    const used = isThere
      ? await uses.spend(id, maxUses, deadline)
      : await uses.spendOrInsert(id, maxUses, keepUntil, deadline);
    if (used !== null) return { allowed: true, used };
    const count = await uses.find(id, deadline);
    // One that was there had no use left, though one may have been given back by now.
    if (count !== null && (isThere || count >= maxUses)) {
      return { allowed: false, used: Math.max(count, maxUses) };
    }
    isThere = count !== null;
  }
  throw new Error('the count was removed again and again while a use was asked for');
}
