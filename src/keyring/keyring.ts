import { hkdfSync, type KeyObject } from 'node:crypto';

/** The configured secrets, newest first: the first mints, all verify. */
export class Keyring {
  /** @param secrets at least one, as `resolveSecrets` gives them */
  constructor(readonly secrets: readonly [KeyObject, ...KeyObject[]]) {}

  get newest(): KeyObject {
    return this.secrets[0];
  }
}

/** HKDF-SHA-256 (RFC 5869) of a secret with an empty salt: `length` bytes for one purpose, which `info` names. */
export function deriveKey(secret: KeyObject, info: string, length: number): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', info, length));
}
