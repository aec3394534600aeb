import type { Claims } from '../claims.js';
import type { Secret } from '../keyring/secret.js';
import type { Refusal } from '../refusal.js';

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
  readonly secret: Secret;
}

/** One wire format that is read. Knows keys; knows no store and no clock. */
export interface TempIDReader {
  /** Whether a string looks like this format, by its first characters. */
  recognizes(value: string): boolean;

  /** Authenticates, then decodes. Never throws, whatever the string is. */
  decode(value: string): DecodedToken | Refusal;
}

/** One wire format: claims to string and back. */
export interface TempIDCodec extends TempIDReader {
  /**
   * Writes a token with the newest secret. The claims come back as the format carries them.
   *
   * @throws TempIDConfigurationError where the format cannot carry a claim
   * @throws TempIDPayloadError, TempIDPayloadTooLargeError where it cannot carry the payload
   */
  encode(claims: Claims): DecodedToken;
}
