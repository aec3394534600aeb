import {
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  type JsonWebKeyInput,
  KeyObject,
  sign,
  verify,
} from 'node:crypto';
import { TempIDConfigurationError } from '../errors.js';
import type { SignatureAlgorithm } from './algorithms.js';

const BASE64 = /^[\w+/=\s-]+$/;

/** What is wrong with a key is said without a word of the key. */
type Complain = (problem: string) => TempIDConfigurationError;

/** A private key and its algorithm. */
export function readPrivateKey(
  material: unknown,
  complain: Complain,
): { alg: SignatureAlgorithm; key: KeyObject } {
  if (!holdsPrivateKey(material)) {
    throw complain(`has a 'privateKey' that is no private key: give PEM, a JWK or a KeyObject`);
  }
  const key = parse(() => toKeyObject(material, 'private'), complain, 'privateKey');
  const alg = algorithmOf(key, material, complain);
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
  complain: Complain,
): { alg: SignatureAlgorithm; key: KeyObject } {
  if (holdsPrivateKey(material)) {
    throw complain(
      `has a private key as 'publicKey': give the public one, or call it 'privateKey'`,
    );
  }
  const key = parse(() => toKeyObject(material, 'public'), complain, 'publicKey');
  return { alg: algorithmOf(key, material, complain), key };
}

/** A secret of at least so many bytes, or of exactly so many. */
export function readSecret(
  material: unknown,
  bytes: number,
  isExact: boolean,
  complain: Complain,
): KeyObject {
  const secret = bytesOf(material);
  if (secret && looksLikeKey(secret)) {
    throw complain(
      `has a public or private key as 'secret': give it as 'privateKey' or 'publicKey', or who has the public key could sign`,
    );
  }
  if (!secret) throw complain(`has a 'secret' that is neither a string nor a Buffer`);
  const isRight = isExact ? secret.length === bytes : secret.length >= bytes;
  if (isRight) return createSecretKey(secret);
  const wanted = `${isExact ? 'exactly' : 'at least'} ${bytes}`;
  throw complain(
    `has a 'secret' of ${secret.length} bytes; ${wanted} are needed. ` +
      `Make one with: node -e "console.log(require('node:crypto').randomBytes(${bytes}).toString('base64url'))", ` +
      `and give Buffer.from(text, 'base64url')`,
  );
}

/** A key that is public would be a secret that everybody knows (CVE-2022-29217). */
function looksLikeKey(secret: Uint8Array): boolean {
  const text = Buffer.from(secret).toString('utf8');
  if (isWrittenKey(text) || isSpki(secret)) return true;
  if (!BASE64.test(text)) return false;
  const decoded = Buffer.from(text, 'base64');
  return isWrittenKey(decoded.toString('utf8')) || isSpki(decoded);
}

/** PEM or RFC 4716, a key of SSH, or a JWK. */
function isWrittenKey(text: string): boolean {
  return (
    /-{4} ?BEGIN /.test(text) ||
    /^\s*(?:sk-)?(?:ssh|ecdsa)-/.test(text) ||
    /^\s*\{.*"kty"/s.test(text)
  );
}

function isSpki(bytes: Uint8Array): boolean {
  try {
    createPublicKey({ key: Buffer.from(bytes), format: 'der', type: 'spki' });
    return true;
  } catch {
    return false;
  }
}

function bytesOf(material: unknown): Uint8Array | null {
  if (material instanceof Uint8Array) return material;
  const isText = typeof material === 'string' && material.isWellFormed();
  return isText ? Buffer.from(material, 'utf8') : null;
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
      `has a '${option}' that cannot be read: give PEM (not encrypted), a JWK or a KeyObject of Ed25519 or P-256`,
    );
  }
}

function algorithmOf(key: KeyObject, material: unknown, complain: Complain): SignatureAlgorithm {
  const alg = algorithmOfType(key);
  if (!alg) {
    throw complain(
      `is of the type ${typeOf(key)}: only Ed25519 (EdDSA) and P-256 (ES256) sign here`,
    );
  }
  if (material instanceof KeyObject || typeof material !== 'object' || material === null)
    return alg;
  const { alg: named, use = 'sig' }: { alg?: unknown; use?: unknown } = material;
  const isNamed = named === undefined || named === alg || (named === 'Ed25519' && alg === 'EdDSA');
  if (!isNamed || use !== 'sig') {
    throw complain(`is a JWK whose 'alg' or 'use' is not that of a key of ${alg}`);
  }
  return alg;
}

function algorithmOfType({
  asymmetricKeyType,
  asymmetricKeyDetails,
}: KeyObject): SignatureAlgorithm | null {
  if (asymmetricKeyType === 'ed25519') return 'EdDSA';
  const isP256 = asymmetricKeyDetails?.namedCurve === 'prime256v1';
  return asymmetricKeyType === 'ec' && isP256 ? 'ES256' : null;
}

function typeOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string {
  const { namedCurve } = asymmetricKeyDetails ?? {};
  return namedCurve ? `${asymmetricKeyType} (${namedCurve})` : `${asymmetricKeyType}`;
}
