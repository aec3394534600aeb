import { type KeyObject, webcrypto } from 'node:crypto';
import { RotatingKey } from '../keys/rotating-key.js';
import type { TokenKey } from '../token/decoded-token.js';
import { JWE_ALGORITHM, type JwsAlgorithm } from './algorithms.js';

/** What a key consists of. */
export interface KeyPair {
  /** A token is verified by this, whatever its header says (RFC 8725 §3.1). */
  readonly alg: JwsAlgorithm | typeof JWE_ALGORITHM;
  /** Signs or encrypts; undefined of a key that only verifies. */
  readonly sealKey: KeyObject | undefined;
  /** Verifies or decrypts. */
  readonly openKey: KeyObject;
}

/** A key, and its name in the header of its tokens. */
export class JwtKey extends RotatingKey implements KeyPair {
  readonly alg: KeyPair['alg'];
  readonly sealKey: KeyObject | undefined;
  readonly openKey: KeyObject;
  #imported: Promise<webcrypto.CryptoKey> | undefined;

  /**
   * @param notAfter Unix milliseconds
   * @param secret that the key is derived from, and that counts in its place
   */
  constructor(
    readonly kid: string,
    { alg, sealKey, openKey }: KeyPair,
    notAfter?: number,
    private readonly secret?: TokenKey,
  ) {
    super(notAfter);
    this.alg = alg;
    this.sealKey = sealKey;
    this.openKey = openKey;
  }

  get id(): string {
    return this.kid;
  }

  get name(): string {
    return this.kid;
  }

  /** What its tokens are counted and trusted by. */
  get tokenKey(): TokenKey {
    return this.secret ?? this;
  }

  canSeal(): boolean {
    return this.sealKey !== undefined;
  }

  equals(other: JwtKey): boolean {
    const isSameUse = this.alg === other.alg && this.canSeal() === other.canSeal();
    return isSameUse && this.openKey.equals(other.openKey);
  }

  /**
   * What jose makes or reads a token with. jose keeps what it imports of a key pair, but would import a secret anew for
   * each token.
   *
   * @throws Error where the key is to make a token and only verifies
   */
  forJose(operation: 'seal' | 'open'): KeyObject | Promise<webcrypto.CryptoKey> {
    const key = operation === 'seal' ? this.sealKey : this.openKey;
    if (!key) throw new Error('a key that only verifies is not to make a token');
    return key.type === 'secret' ? (this.#imported ??= importSecret(key, this.alg)) : key;
  }
}

function importSecret(key: KeyObject, alg: KeyPair['alg']): Promise<webcrypto.CryptoKey> {
  const bytes = key.export();
  if (alg === JWE_ALGORITHM) {
    return webcrypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt']);
  }
  const hmac = { name: 'HMAC', hash: alg.replace('HS', 'SHA-') };
  return webcrypto.subtle.importKey('raw', bytes, hmac, false, ['sign', 'verify']);
}
