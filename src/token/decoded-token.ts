import type { Claims } from './claims.js';

/** What a token is made or authenticated with. */
export interface TokenKey {
  /** What reports and events call the key. It tells nothing of it. */
  readonly name: string;
  /** Whether its tokens are still authentic: the key is in use and has not expired. */
  isTrusted(): boolean;
  /** @param now Unix milliseconds */
  noteVerified(now: number): void;
}

/** An authentic token, decoded. */
export interface DecodedToken {
  /** The token as it is written. */
  readonly value: string;
  /** What a store knows the token by. It opens nothing. */
  readonly id: string;
  /** Whether a store counts the uses of the token and can revoke it. */
  readonly isCountable: boolean;
  /** The name of its wire format. */
  readonly format: string;
  readonly claims: Claims;
  readonly key: TokenKey;
  /** The claims as a ledger keeps them, of a token that carries none itself. */
  readonly sealed?: string;
}

/** What is kept of a token by its id alone. */
export type SealedToken = Omit<DecodedToken, 'value' | 'sealed'> & { readonly sealed: string };
