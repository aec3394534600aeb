import type { JsonWebKeyInput, KeyObject, webcrypto } from 'node:crypto';
import type { PublicJwk } from '../formats/public-jwk.js';
import type { RefreshableSource } from '../keys/refreshable-source.js';
import type { HmacAlgorithm, RsaAlgorithm } from './algorithms.js';

/** A key as PEM, as a JWK, or as a KeyObject of node:crypto. */
export type KeyMaterial =
  string | JsonWebKeyInput['key'] | webcrypto.JsonWebKey | PublicJwk | KeyObject;

interface NamedKey {
  /** Names the key in the header of its tokens: 1 to 128 printable ASCII characters, without space, quote and backslash. */
  kid: string;
  /** From this moment on the key neither mints nor verifies, so its tokens end, too. */
  notAfter?: Date;
}

/** A key pair, or the public half of one. Its type says its algorithm; RSA alone has two. */
interface AsymmetricKey extends NamedKey {
  /** Only of an RSA key. Default: that of its JWK, otherwise that of the format, otherwise RS256. */
  alg?: RsaAlgorithm | undefined;
}

/** Signs and verifies: Ed25519 (EdDSA), P-256 (ES256), P-384 (ES384), P-521 (ES512) or RSA (RS256 or PS256). */
export interface PrivateKeyOption extends AsymmetricKey {
  privateKey: KeyMaterial;
}

/**
 * Only verifies: that of another service of yours, or the next one of this. Whoever has its private key can make
 * any token of yours: it is never a partner's.
 */
export interface PublicKeyOption extends AsymmetricKey {
  publicKey: KeyMaterial;
}

/** Signs and verifies by HMAC, or encrypts. A string is its UTF-8 bytes. */
export interface SecretKeyOption extends NamedKey {
  secret: string | Uint8Array;
}

/** A key of `jws`. It has one algorithm. */
export type JwsKeyOption =
  | PrivateKeyOption
  | PublicKeyOption
  | (SecretKeyOption & {
      /** Default: that of the format, otherwise HS256. */
      alg?: HmacAlgorithm | undefined;
    });

/**
 * Where keys come from that may change while the application runs. The application asks it at its start, which waits
 * for the answer, again every `refreshInterval`, and whenever `onChange` says so.
 */
export interface JwtKeyProvider<Key = JwsKeyOption> extends RefreshableSource {
  /**
   * All keys, newest first: they replace those before, all at once. Where it throws, or gives what the start would
   * refuse, those before stay; at the start, the application does not start.
   *
   * @param signal is aborted after 30 seconds, and when the application shuts down
   */
  getKeys(signal: AbortSignal): readonly Key[] | Promise<readonly Key[]>;
}
