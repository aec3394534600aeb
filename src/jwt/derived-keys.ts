import { createSecretKey, type KeyObject } from 'node:crypto';
import { deriveKey } from '../keys/derive-key.js';
import type { Keyring } from '../keys/keyring.js';
import { PerSecret } from '../keys/per-secret.js';
import type { Secret } from '../keys/secret.js';
import type { UsableKey } from './jwt-key.js';
import type { JwtKeys } from './jwt-keys.js';

/** A kid of four bytes in base64url, as {@link KeyReport} has it. */
const KID = /^[\w-]{5}[AQgw]$/;

type DerivedKey = UsableKey & { readonly making: KeyObject };

/** A key for each secret of the module, so that they rotate with it. */
export class DerivedKeys implements JwtKeys {
  readonly changing = undefined;
  private readonly keys: PerSecret<DerivedKey>;

  /** @param info what HKDF derives the key for; each use has one of its own */
  constructor(
    private readonly keyring: Keyring,
    alg: UsableKey['alg'],
    info: string,
    bytes: number,
  ) {
    this.keys = new PerSecret((secret) => toKey(secret, alg, info, bytes));
  }

  newest(): DerivedKey {
    return this.keys.of(this.keyring.newest);
  }

  withKid(kid: string): DerivedKey | undefined {
    if (!KID.test(kid)) return undefined;
    const secret = this.keyring.withKid(Buffer.from(kid, 'base64url').readUInt32BE());
    return secret && this.keys.of(secret);
  }

  /** The secrets are reported by their keyring. */
  report(): [] {
    return [];
  }

  publicKeys(): [] {
    return [];
  }
}

function toKey(secret: Secret, alg: UsableKey['alg'], info: string, bytes: number): DerivedKey {
  const key = createSecretKey(deriveKey(secret.key, info, bytes));
  const kid = secret.kid.toString('base64url');
  return { kid, alg, making: key, reading: key, tokenKey: secret };
}
