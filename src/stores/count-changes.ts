import { TempIDConfigurationError } from '../common/errors.js';
import type { ConsumeOptions, TempIDStore } from './tempid-store.js';

/** An optional part of a store: what `extend` and `renew` of the service need. */
export interface CountChanges {
  /**
   * Keeps a count, and who made it, at least until a moment. An id without a count gets one of 0, so that a use which
   * was asked for before and comes later does not bring an earlier end with it.
   */
  prolong(id: string, keepUntil: Date, options?: ConsumeOptions): Promise<void>;

  /**
   * As `revoke`, where exactly `used` uses are spent, in one atomic step; 0 also of an unknown id.
   *
   * @returns whether it did; of several at once at most one does
   */
  revokeIfUsed(
    id: string,
    used: number,
    keepUntil: Date,
    options?: ConsumeOptions,
  ): Promise<boolean>;
}

/** @throws {@link TempIDConfigurationError} for a store without this part */
export function assertChangesCounts(
  store: TempIDStore & Partial<CountChanges>,
): asserts store is TempIDStore & CountChanges {
  if (typeof store.prolong === 'function' && typeof store.revokeIfUsed === 'function') return;
  throw new TempIDConfigurationError(
    `${store.constructor.name} changes no counts: for 'renew' and 'extend' it must have the methods 'prolong' and ` +
      `'revokeIfUsed'.`,
  );
}
