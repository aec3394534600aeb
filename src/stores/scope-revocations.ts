import { TempIDConfigurationError } from '../common/errors.js';
import {
  type ConsumeOptions,
  type ConsumeResult,
  REVOKED_COUNT,
  type TempIDStore,
} from './tempid-store.js';

/** A revocation of all tokens of a scope that were issued up to a moment. */
export interface ScopeRevocation {
  /** Unix milliseconds: a token of this very moment is revoked, too. */
  readonly issuedUntil: number;
  /** The id of the one token of that very moment which goes on; null: there is none. */
  readonly except: string | null;
}

/**
 * An optional part of a store: it can revoke all tokens of a subject or a purpose. Its `consume` and `used` look at
 * `options.issuance`, and answer {@link REVOKED_COUNT} for a token that a revocation ends, which spends nothing.
 */
export interface ScopeRevocations {
  /**
   * Keeps one revocation a scope: the one with the latest `issuedUntil`, whatever the order in which they come, and
   * of those with the same one the last.
   *
   * @param keepUntil it may be forgotten after this moment, and after those of earlier calls, never before
   */
  revokeScope(
    scope: string,
    revocation: ScopeRevocation,
    keepUntil: Date,
    options?: ConsumeOptions,
  ): Promise<void>;
}

/** @throws {@link TempIDConfigurationError} for a store without this part */
export function assertKeepsRevocations(
  store: TempIDStore & Partial<ScopeRevocations>,
): asserts store is TempIDStore & ScopeRevocations {
  if (typeof store.revokeScope === 'function') return;
  throw new TempIDConfigurationError(
    `${store.constructor.name} keeps no revocations of subjects and purposes: it must have a method 'revokeScope'.`,
  );
}

/**
 * One use of a token where count and scopes take two commands, which run side by side. A use that was spent is refunded
 * unless the scopes say that the token goes on. Where they say nothing, that of one who may come again stays: another
 * request of theirs may have been let in by it meanwhile.
 *
 * @param look whether a revocation of its scopes ends the token
 */
export async function consumeBeside(
  look: Promise<boolean>,
  consume: Promise<ConsumeResult>,
  refund: () => Promise<void>,
  { repeat }: Pick<ConsumeOptions, 'repeat'> = {},
): Promise<ConsumeResult> {
  const [looked, consumed] = await Promise.allSettled([look, consume]);
  const isVain = looked.status === 'rejected' ? repeat === undefined : looked.value;
  const isSpent =
    consumed.status === 'fulfilled' && consumed.value.allowed && !consumed.value.repeated;
  if (isVain && isSpent) await refund();
  if (looked.status === 'rejected') throw looked.reason;
  if (looked.value) return { allowed: false, used: REVOKED_COUNT };
  if (consumed.status === 'rejected') throw consumed.reason;
  return consumed.value;
}
