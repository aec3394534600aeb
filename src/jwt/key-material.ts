import {
  createPrivateKey,
  createPublicKey,
  type JsonWebKeyInput,
  KeyObject,
  sign,
  verify,
} from 'node:crypto';
import type { SignatureAlgorithm } from './algorithms.js';
import { algorithmOf, type Complain, type KeyUse } from './key-algorithm.js';

type Named = Omit<KeyUse, 'operation'>;

/** A private key and its algorithm. */
export function readPrivateKey(
  material: unknown,
  named: Named,
  complain: Complain,
): { alg: SignatureAlgorithm; key: KeyObject } {
  if (!holdsPrivateKey(material)) {
    throw complain(`has a 'privateKey' that is no private key: give PEM, a JWK or a KeyObject`);
  }
  const key = parse(() => toKeyObject(material, 'private'), complain, 'privateKey');
  const alg = algorithmOf(key, material, { ...named, operation: 'sign' }, complain);
  if (!isWhole(key, alg)) {
    throw complain(`has a 'privateKey' whose public part is not its own: make it anew`);
  }
  return { alg, key };
}

/** Whether what it signs verifies: a JWK names its public part, and may name another. */
function isWhole(key: KeyObject, alg: SignatureAlgorithm): boolean {
  const digest = alg === 'EdDSA' ? null : 'sha256';
  const probe = Buffer.from('nestjs-tempid');
  try {
    return verify(digest, probe, createPublicKey(key), sign(digest, probe, key));
  } catch {
    return false;
  }
}

/** A public key and its algorithm. */
export function readPublicKey(
  material: unknown,
  named: Named,
  complain: Complain,
): { alg: SignatureAlgorithm; key: KeyObject } {
  if (holdsPrivateKey(material)) {
    throw complain(
      `has a private key as 'publicKey': give the public one, or call it 'privateKey'`,
    );
  }
  const key = parse(() => toKeyObject(material, 'public'), complain, 'publicKey');
  return { alg: algorithmOf(key, material, { ...named, operation: 'verify' }, complain), key };
}

function holdsPrivateKey(material: unknown): boolean {
  if (typeof material === 'string') return /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(material);
  if (material instanceof KeyObject) return material.type === 'private';
  return (
    typeof material === 'object' && material !== null && 'd' in material && material.d !== undefined
  );
}

function toKeyObject(material: unknown, type: 'private' | 'public'): KeyObject {
  if (material instanceof KeyObject) {
    if (material.type === type) return material;
    throw new TypeError('a KeyObject of another type');
  }
  const create = type === 'private' ? createPrivateKey : createPublicKey;
  if (typeof material === 'string') return create({ key: material, format: 'pem' });
  return create({ key: material as JsonWebKeyInput['key'], format: 'jwk' });
}

/** Messages of node:crypto may quote what they read: none of them is passed on. */
function parse(read: () => KeyObject, complain: Complain, option: string): KeyObject {
  try {
    return read();
  } catch {
    throw complain(
      `has a '${option}' that cannot be read: give PEM (not encrypted), a JWK or a KeyObject of Ed25519, P-256, P-384, P-521 or RSA`,
    );
  }
}
