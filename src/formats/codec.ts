import type { Claims } from '../token/claims.js';
import type { RefreshableKeys } from '../keys/refreshable-source.js';
import type { KeyReport } from '../keys/key-report.js';
import type { Keyring } from '../keys/keyring.js';
import type { TokenKey } from '../keys/rotating-key.js';
import type { Refusal } from '../common/refusal.js';
import type { PublicJwk } from './public-jwk.js';

type Awaitable<T> = T | Promise<T>;

/** An authentic token, decoded. */
export interface DecodedToken {
  /** The token as it is written. */
  readonly value: string;
  /** What a store knows the token by. It opens nothing. */
  readonly id: string;
  /** Whether the token has uses that a store counts, and can be revoked. */
  readonly isCountable: boolean;
  readonly claims: Claims;
  /** What it was made or authenticated with. */
  readonly key: TokenKey;
}

/**
 * One wire format that is read. Knows keys; knows no store and no clock. Of every string what is glued to the ends
 * of a token is taken away before.
 */
export interface TempIDReader {
  /** Whether a string looks like this format, by its first characters. */
  recognizes(value: string): boolean;

  /** Authenticates, then decodes. Never throws and never rejects, whatever the string is. */
  decode(value: string): Awaitable<DecodedToken | Refusal>;

  /** Of a format that has keys which are not derived from the secrets: what they do and have done. */
  report?(): KeyReport[];

  /** The public keys by which others verify its tokens. */
  publicKeys?(): PublicJwk[];

  /** Its own keys, where a provider says what they are. There are none before it was asked. */
  readonly changingKeys?: RefreshableKeys | undefined;
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

/** A wire format beside those of the main entry: `jws()` and `jwe()` of nestjs-tempid/jwt. */
export interface TempIDWireFormat {
  /** What `format` and `accept` call it. */
  readonly name: 'jws' | 'jwe';
  /** @internal */
  createCodec(keyring: Keyring): TempIDCodec;
}
