import {
  createPrivateKey,
  createPublicKey,
  type JsonWebKeyInput,
  KeyObject,
  sign,
  verify,
} from 'node:crypto';
import { TempIDConfigurationError } from '../common/errors.js';
import {
  ALGORITHMS_BY_KEY_TYPE,
  type JwsAlgorithm,
  type SignatureAlgorithm,
  type SignatureAlgorithms,
} from './algorithms.js';
import type { KeyPair } from './jwt-key.js';

/** RFC 7518 §3.3 and §3.5. */
const MIN_RSA_BITS = 2_048;

/** FIPS 186-5 §A.1.1. With an exponent of 1, a signature is the very text that it signs. */
const MIN_RSA_EXPONENT = 65_537n;

/**
 * The key of an entry that has a `privateKey` or a `publicKey`.
 *
 * @param formatAlg that of the format, for an RSA key that names none
 * @throws {@link TempIDConfigurationError} for a key that is wrong; the caller adds the number of the key
 */
export function readAsymmetricKey(
  entry: Readonly<Record<string, unknown>>,
  formatAlg: JwsAlgorithm | undefined,
): KeyPair {
  const type = 'publicKey' in entry ? 'public' : 'private';
  const material = entry[`${type}Key`];
  if (isPrivate(material) !== (type === 'private')) {
    throw new TempIDConfigurationError(
      type === 'private'
        ? `has a 'privateKey' that is no private key: give PEM, a JWK or a KeyObject`
        : `has a private key as 'publicKey': give the public one, or call it 'privateKey'`,
    );
  }
  const key = toKeyObject(material, type);
  const possible = possibleAlgorithms(key, entry['alg']);
  const ofJwk = isJwk(material) ? algorithmOfJwk(material, possible, type) : undefined;
  const alg = ofJwk ?? possible.find((one) => one === formatAlg) ?? possible[0];
  if (type === 'public') return { alg, sealKey: undefined, openKey: key };
  if (isWhole(key, alg)) return { alg, sealKey: key, openKey: createPublicKey(key) };
  throw new TempIDConfigurationError(
    `has a 'privateKey' whose public part is not its own: make it anew`,
  );
}

function isPrivate(material: unknown): boolean {
  if (typeof material === 'string') return /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(material);
  if (material instanceof KeyObject) return material.type === 'private';
  return isJwk(material) && material['d'] !== undefined;
}

function isJwk(material: unknown): material is Readonly<Record<string, unknown>> {
  return typeof material === 'object' && material !== null && !(material instanceof KeyObject);
}

function toKeyObject(material: unknown, type: 'private' | 'public'): KeyObject {
  const create = type === 'private' ? createPrivateKey : createPublicKey;
  try {
    if (material instanceof KeyObject) {
      if (material.type === type) return material;
      throw new TypeError('a KeyObject of another type');
    }
    if (typeof material === 'string') return create({ key: material, format: 'pem' });
    return create({ key: material as JsonWebKeyInput['key'], format: 'jwk' });
  } catch {
    // Messages of node:crypto may quote what they read, so none is passed on.
    throw new TempIDConfigurationError(
      `has a '${type}Key' that cannot be read: give PEM (not encrypted), a JWK or a KeyObject of Ed25519, P-256, P-384, P-521 or RSA`,
    );
  }
}

/** What the key can be used for (RFC 8725 §3.1): by its type, and where that leaves a choice by its option `alg`. */
function possibleAlgorithms(key: KeyObject, named: unknown): SignatureAlgorithms {
  const type = typeOf(key);
  const possible = ALGORITHMS_BY_KEY_TYPE.get(type);
  if (!possible) {
    throw new TempIDConfigurationError(
      `is of the type ${type}: only Ed25519, P-256, P-384, P-521 and RSA keys sign here`,
    );
  }
  if (type === 'rsa') assertStrongRsa(key);
  if (named === undefined) return possible;
  if (possible.length === 1) {
    throw new TempIDConfigurationError(
      `has an 'alg': leave it out, since it follows from the type of the key`,
    );
  }
  const alg = possible.find((one) => one === named);
  if (alg) return [alg];
  throw new TempIDConfigurationError(`is RSA: its 'alg' is ${possible.join(' or ')}`);
}

function typeOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string {
  const { namedCurve } = asymmetricKeyDetails ?? {};
  return namedCurve ? `${asymmetricKeyType} (${namedCurve})` : `${asymmetricKeyType}`;
}

function assertStrongRsa({ asymmetricKeyDetails = {} }: KeyObject): void {
  const { modulusLength = 0, publicExponent = 0n } = asymmetricKeyDetails;
  if (modulusLength < MIN_RSA_BITS) {
    throw new TempIDConfigurationError(
      `is RSA of ${modulusLength} bits; at least ${MIN_RSA_BITS} are needed`,
    );
  }
  if (publicExponent < MIN_RSA_EXPONENT) {
    throw new TempIDConfigurationError(
      `is RSA with the public exponent ${publicExponent}; at least ${MIN_RSA_EXPONENT} is needed`,
    );
  }
}

/** The algorithm that a JWK names. One that is for something else is refused (RFC 7517 §4.2 to §4.4). */
function algorithmOfJwk(
  { alg, use = 'sig', key_ops: operations }: Readonly<Record<string, unknown>>,
  possible: SignatureAlgorithms,
  type: 'private' | 'public',
): SignatureAlgorithm | undefined {
  const named = possible.find((one) => one === (alg === 'Ed25519' ? 'EdDSA' : alg));
  if ((alg !== undefined && !named) || use !== 'sig') {
    throw new TempIDConfigurationError(
      `is a JWK whose 'alg' or 'use' is not that of a key of ${possible.join(' or ')}`,
    );
  }
  const needed = type === 'private' ? 'sign' : 'verify';
  const isAllowed =
    Array.isArray(operations) &&
    operations.includes(needed) &&
    new Set(operations).size === operations.length;
  if (operations === undefined || isAllowed) return named;
  throw new TempIDConfigurationError(
    `is a JWK whose 'key_ops' is not for this: it must be a list that has '${needed}', and nothing twice`,
  );
}

/** Whether what the key signs verifies, since a JWK may hold the public part of another key. */
function isWhole(key: KeyObject, alg: SignatureAlgorithm): boolean {
  const digest = alg === 'EdDSA' ? null : 'sha256';
  const probe = Buffer.from('nestjs-tempid');
  try {
    return verify(digest, probe, createPublicKey(key), sign(digest, probe, key));
  } catch {
    return false;
  }
}
