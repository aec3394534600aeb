import { type KeyObject, webcrypto } from 'node:crypto';
import { JWE_ALGORITHM } from './algorithms.js';
import type { UsableKey } from './jwt-key.js';

const imported = new WeakMap<KeyObject, Promise<webcrypto.CryptoKey>>();

/** A key as jose uses it. It keeps what it has imported of a key pair, but imports a secret anew for each token. */
export function toWebCryptoKey(
  key: KeyObject,
  alg: UsableKey['alg'],
): KeyObject | Promise<webcrypto.CryptoKey> {
  if (key.type !== 'secret') return key;
  const known = imported.get(key);
  if (known) return known;
  const made =
    alg === JWE_ALGORITHM
      ? importSecret(key, { name: 'AES-GCM' }, ['encrypt', 'decrypt'])
      : importSecret(key, { name: 'HMAC', hash: alg.replace('HS', 'SHA-') }, ['sign', 'verify']);
  imported.set(key, made);
  return made;
}

function importSecret(
  key: KeyObject,
  algorithm: { name: string; hash?: string },
  usages: webcrypto.KeyUsage[],
): Promise<webcrypto.CryptoKey> {
  return webcrypto.subtle.importKey('raw', key.export(), algorithm, false, usages);
}
