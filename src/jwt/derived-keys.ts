import { createSecretKey } from 'node:crypto';
import type { Keyring } from '../keys/keyring.js';
import { deriveKey, PerSecret } from '../keys/secret.js';
import { JwtKey, type KeyPair } from './jwt-key.js';

/** A kid of four bytes in base64url, as {@link KeyReport} has it. */
const KID = /^[\w-]{5}[AQgw]$/;

/** A key for each secret of the module, which rotates with it. */
export class DerivedKeys {
  private readonly keys: PerSecret<JwtKey>;

  /** @param info of the HKDF; each algorithm has its own */
  constructor(
    private readonly keyring: Keyring,
    alg: KeyPair['alg'],
    info: string,
    bytes: number,
  ) {
    this.keys = new PerSecret((secret) => {
      const key = createSecretKey(deriveKey(secret.key, info, bytes));
      return new JwtKey(secret.name, { alg, sealKey: key, openKey: key }, Infinity, secret);
    });
  }

  newest(): JwtKey {
    return this.keys.of(this.keyring.newest);
  }

  withKid(kid: string): JwtKey | undefined {
    if (!KID.test(kid)) return undefined;
    const secret = this.keyring.withKid(Buffer.from(kid, 'base64url').readUInt32BE());
    return secret && this.keys.of(secret);
  }
}
