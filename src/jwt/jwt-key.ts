import type { KeyObject } from 'node:crypto';
import { RotatingKey, type TokenKey } from '../keys/rotating-key.js';
import type { JWE_ALGORITHM, JwsAlgorithm } from './algorithms.js';

/** A key, the one algorithm that it is for, and its name in the header of a token. */
export interface UsableKey {
  readonly kid: string;
  /** A token is verified by this and by nothing that its header says (RFC 8725 §3.1). */
  readonly alg: JwsAlgorithm | typeof JWE_ALGORITHM;
  /** Signs or encrypts; undefined of a key that only verifies. */
  readonly making: KeyObject | undefined;
  /** Verifies or decrypts. */
  readonly reading: KeyObject;
  /** What is counted of it, and whether it is trusted still. */
  readonly tokenKey: TokenKey;
}

/** A key that is given to the format, and not derived from a secret of the module. */
export class JwtKey extends RotatingKey implements UsableKey {
  readonly kid: string;
  readonly alg: UsableKey['alg'];
  readonly making: KeyObject | undefined;
  readonly reading: KeyObject;

  /** @param notAfter Unix milliseconds */
  constructor({ kid, alg, making, reading }: Omit<UsableKey, 'tokenKey'>, notAfter?: number) {
    super(notAfter);
    this.kid = kid;
    this.alg = alg;
    this.making = making;
    this.reading = reading;
  }

  get tokenKey(): TokenKey {
    return this;
  }

  equals(other: JwtKey): boolean {
    const isMaking = this.making !== undefined;
    if (this.alg !== other.alg || isMaking !== (other.making !== undefined)) return false;
    return this.reading.equals(other.reading);
  }
}
