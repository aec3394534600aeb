import type { TempIDErrorCode } from '../common/errors.js';

/** Something that has happened, which {@link TempIDEvents} tells of. No event holds a token, a secret or a payload. */
export type TempIDEvent =
  | TokenEvent<'minted' | 'extended'>
  | RefundedEvent
  | RenewedEvent
  | VerifiedEvent
  | UsedEvent
  | RefusedEvent
  | RevokedEvent
  | PurgedEvent
  | StoreUnavailableEvent
  | StoreBackEvent;

/** What an event says of the token that it is about. */
export interface TokenFacts {
  /** What a store knows the token by. It opens nothing. */
  readonly id: string;
  readonly purpose: string | null;
  readonly subject: string | null;
  readonly format: string;
  /** The key that the token was made or authenticated with, as `keys()` names it; null where its id alone was given. */
  readonly kid: string | null;
}

interface Happened<Type extends string> {
  readonly type: Type;
  /** When it happened, by the clock of this process. */
  readonly at: Date;
}

/** Something that happened to a token, by a call that succeeded. */
interface TokenEvent<Type extends string> extends Happened<Type>, TokenFacts {}

/** A use was given back, if there was one. */
interface RefundedEvent extends TokenEvent<'refunded'> {
  /** Whose use it was, where the call named somebody. */
  readonly by: string | null;
}

/** A token took the place of another one. It was not `minted` besides, and the other was not `revoked` besides. */
interface RenewedEvent extends TokenEvent<'renewed'> {
  /** The id of the token that has ended. */
  readonly previousId: string;
  /** How long the call took. */
  readonly milliseconds: number;
}

/** A token was found good, and not used. */
interface VerifiedEvent extends TokenEvent<'verified'> {
  /** How long the call took. */
  readonly milliseconds: number;
}

/** A use was counted; or a code was right, of which this is the challenge. */
interface UsedEvent extends TokenEvent<'used'> {
  /** Who used it, where the call named somebody. */
  readonly by: string | null;
  /** Whether the same one was let through again, and nothing was counted. */
  readonly repeated: boolean;
  /** How long the call took. */
  readonly milliseconds: number;
}

/**
 * A token was `refused`, or a request had none; or a challenge was good, and what was typed was `code-refused`: it was
 * wrong, or there was no attempt left. What is known of the token is there once it is authentic, otherwise null.
 */
interface RefusedEvent extends Happened<'refused' | 'code-refused'>, Nullable<TokenFacts> {
  readonly code: TempIDErrorCode;
  /** Who would have used it, where the call named somebody. */
  readonly by: string | null;
  /** How long the call took that verifies or uses a token; otherwise null. */
  readonly milliseconds: number | null;
}

/** A token was revoked, or without an id: all tokens of the purpose, of the subject, or of both that were issued so far. */
interface RevokedEvent extends Happened<'revoked'>, Nullable<TokenFacts> {}

/** What may be forgotten was removed from the store. */
interface PurgedEvent extends Happened<'purged'> {
  readonly count: number;
  readonly milliseconds: number;
}

/** An outage has begun: no use is allowed until the store is back. */
interface StoreUnavailableEvent extends Happened<'store-unavailable'> {
  /** The class of the store. */
  readonly store: string;
}

/** An outage is over. */
interface StoreBackEvent extends Happened<'store-back'> {
  /** The class of the store. */
  readonly store: string;
  /** How long it lasted. */
  readonly milliseconds: number;
}

type Nullable<T> = { readonly [Name in keyof T]: T[Name] | null };
