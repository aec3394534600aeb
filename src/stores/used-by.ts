import { TempIDConfigurationError } from '../common/errors.js';
import type { ConsumeOptions, ConsumeResult, TempIDStore } from './tempid-store.js';

/** One who used a token. */
export interface UsedBy {
  readonly by: string;
  readonly at: Date;
}

/**
 * An optional part of a store: it knows who used a token. Its `consume` and `refund` read `options.by`, and its
 * `consume` looks in this order, in one atomic step: a revoked token is refused; one who has had their use is answered
 * `repeated: true`, and allowed where `repeat` says so, also where no use is left; all others are counted and kept, both
 * or neither. Whoever is kept is known for as long as the count is.
 */
export interface UsedByStore {
  /**
   * Those who used a token, the first one first, and those of one moment in an order that does not change.
   *
   * @param page at most `limit`, which follow `after`, whether that one is still there or not
   */
  usedBy(
    id: string,
    page: { readonly limit: number; readonly after?: UsedBy },
    options?: ConsumeOptions,
  ): Promise<readonly UsedBy[]>;

  /** @throws TempIDConfigurationError where it keeps nobody as it is set up, such as without a table for them */
  assertKeepsUsers?(): void;
}

/**
 * What `consume` answers one who has had their use.
 *
 * @param at when that was, in Unix milliseconds by the clock of the process that asked, as all such moments
 * @param used how many uses are spent
 */
export function repeatedUse(
  at: number,
  used: number,
  { repeat = 0 }: Pick<ConsumeOptions, 'repeat'>,
): ConsumeResult {
  // A moment that is further ahead is of another clock, which would let them through for as much longer.
  return { allowed: repeat === true || Math.abs(Date.now() - at) < repeat, used, repeated: true };
}

/** What `usedBy` answers, of a store that has all of them at hand. */
export function pageOf(
  users: readonly UsedBy[],
  { limit, after }: Parameters<UsedByStore['usedBy']>[1],
): UsedBy[] {
  const following = after ? users.filter((each) => inOrder(each, after) > 0) : users;
  return following.toSorted(inOrder).slice(0, limit);
}

/** By the moment, and those of one moment by their names. */
function inOrder(a: UsedBy, b: UsedBy): number {
  return a.at.getTime() - b.at.getTime() || (a.by < b.by ? -1 : Number(a.by > b.by));
}

/** @throws {@link TempIDConfigurationError} for a store without this part, or one that is set up without it */
export function assertKeepsUsers(
  store: TempIDStore & Partial<UsedByStore>,
): asserts store is TempIDStore & UsedByStore {
  if (typeof store.usedBy === 'function') return store.assertKeepsUsers?.();
  throw new TempIDConfigurationError(
    `${store.constructor.name} does not know who used a token: for 'by' it must have a method 'usedBy'.`,
  );
}
