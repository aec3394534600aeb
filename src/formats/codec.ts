import type { Refusal } from '../common/refusal.js';
import type { Keyring } from '../keys/keyring.js';
import type { RefreshableKeys } from '../keys/refreshable-source.js';
import type { KeyReport } from '../keys/rotating-key.js';
import type { Claims } from '../token/claims.js';
import type { DecodedToken } from '../token/decoded-token.js';
import type { UnverifiedTempID } from '../token/unverified-tempid.js';
import type { PublicJwk } from './public-jwk.js';

type Awaitable<T> = T | Promise<T>;

/**
 * One wire format that is read. It knows keys, and neither a store nor a clock; that of short tokens is given a
 * look-up. What is glued to the ends of a token is gone from every string that it gets.
 */
export interface TempIDReader {
  /** Whether a string looks like this format, by its first characters. */
  recognizes(value: string): boolean;

  /**
   * Authenticates, then decodes. Never throws and never rejects, whatever the string is, but where it looks the token
   * up and nobody answers.
   *
   * @param options `manager`: the transaction of the application in which it is looked up
   * @throws TempIDStoreUnavailableError
   */
  decode(value: string, options?: { readonly manager?: object }): Awaitable<DecodedToken | Refusal>;

  /**
   * What a string of this format says without its key; null for any other string. Never throws, and does no more work for
   * a longer string than for the longest token. A format whose tokens look like nothing else, or say nothing, has none.
   */
  readUnverified?(value: string): UnverifiedTempID | null;

  /** The keys of a format that has its own, not derived from the secrets. */
  readonly ownKeys?: FormatKeys | undefined;
}

/** One wire format: claims to string and back. */
export interface TempIDCodec extends TempIDReader {
  /**
   * Writes a token with the newest key. The claims come back as the format carries them.
   *
   * @throws TempIDConfigurationError where the format cannot carry a claim
   * @throws TempIDPayloadError, TempIDPayloadTooLargeError where it cannot carry the payload
   */
  encode(claims: Claims): Awaitable<DecodedToken>;
}

export interface FormatKeys {
  report(): KeyReport[];
  /** The public keys by which others verify the tokens of the format. */
  publicKeys(): PublicJwk[];
  /** Where a provider gives the keys: there are none before it is asked. */
  readonly refreshable: RefreshableKeys | undefined;
}

/** A wire format beside those of the main entry: `jws()` and `jwe()` of nestjs-tempid/jwt. */
export interface TempIDWireFormat {
  /** What `format` and `accept` call it. */
  readonly name: 'jws' | 'jwe';
  /** @internal */
  createCodec(keyring: Keyring): TempIDCodec;
}
