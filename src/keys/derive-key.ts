import { hkdfSync, type KeyObject } from 'node:crypto';

/** HKDF-SHA-256 (RFC 5869) of a secret with an empty salt: `length` bytes for one purpose, which `info` names. */
export function deriveKey(secret: KeyObject, info: string, length: number): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', info, length));
}
