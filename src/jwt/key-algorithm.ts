import { KeyObject } from 'node:crypto';
import type { TempIDConfigurationError } from '../common/errors.js';
import type { JwsAlgorithm, SignatureAlgorithm } from './algorithms.js';

/** RFC 7518 §3.3 and §3.5. */
const MIN_RSA_BITS = 2_048;

/** FIPS 186-5 §A.1.1. The signature of a key whose exponent is 1 is what it signs. */
const MIN_RSA_EXPONENT = 65_537n;

/** What a key of this type signs by; of several, the first is the default. */
const BY_TYPE: ReadonlyMap<string, readonly [SignatureAlgorithm, ...SignatureAlgorithm[]]> =
  new Map([
    ['ed25519', ['EdDSA']],
    ['ec (prime256v1)', ['ES256']],
    ['ec (secp384r1)', ['ES384']],
    ['ec (secp521r1)', ['ES512']],
    ['rsa', ['RS256', 'PS256']],
  ]);

/** What is wrong with a key is said without a word of the key. */
export type Complain = (problem: string) => TempIDConfigurationError;

/** What is asked of a key beside its material. */
export interface KeyUse {
  /** As a JWK names it in `key_ops` (RFC 7517 §4.3). */
  readonly operation: 'sign' | 'verify';
  /** What the key's own option `alg` says. */
  readonly alg: unknown;
  /** What the option `alg` of the format says. */
  readonly algOfFormat: JwsAlgorithm | undefined;
}

/** The one algorithm of a key (RFC 8725 §3.1): by its type, and where that leaves a choice by its name. */
export function algorithmOf(
  key: KeyObject,
  material: unknown,
  use: KeyUse,
  complain: Complain,
): SignatureAlgorithm {
  const type = typeOf(key);
  const possible = BY_TYPE.get(type);
  if (!possible) {
    throw complain(
      `is of the type ${type}: only Ed25519, P-256, P-384, P-521 and RSA keys sign here`,
    );
  }
  const [standard, ...others] = possible;
  if (key.asymmetricKeyType === 'rsa') refuseWeakRsa(key, complain);
  if (use.alg !== undefined && others.length === 0) {
    throw complain(`has an 'alg': leave it out, since it follows from the type of the key`);
  }
  const named = find(possible, use.alg);
  if (use.alg !== undefined && !named) {
    throw complain(`is RSA: its 'alg' is ${possible.join(' or ')}`);
  }
  const ofJwk = algorithmOfJwk(material, named ? [named] : possible, use.operation, complain);
  return named ?? ofJwk ?? find(possible, use.algOfFormat) ?? standard;
}

function find(list: readonly SignatureAlgorithm[], alg: unknown): SignatureAlgorithm | undefined {
  return list.find((one) => one === alg);
}

/** What a JWK says of itself is heeded: a key that is for something else does not sign here. */
function algorithmOfJwk(
  material: unknown,
  possible: readonly SignatureAlgorithm[],
  operation: KeyUse['operation'],
  complain: Complain,
): SignatureAlgorithm | undefined {
  if (material instanceof KeyObject || typeof material !== 'object' || material === null) {
    return undefined;
  }
  const jwk: { alg?: unknown; use?: unknown; key_ops?: unknown } = material;
  const { alg, use = 'sig', key_ops: operations = [operation] } = jwk;
  const named = find(possible, alg === 'Ed25519' ? 'EdDSA' : alg);
  if ((alg !== undefined && !named) || use !== 'sig') {
    throw complain(
      `is a JWK whose 'alg' or 'use' is not that of a key of ${possible.join(' or ')}`,
    );
  }
  if (!allows(operations, operation)) {
    throw complain(
      `is a JWK whose 'key_ops' is not for this: it must be a list that has '${operation}', and nothing twice`,
    );
  }
  return named;
}

function allows(operations: unknown, operation: string): boolean {
  return (
    Array.isArray(operations) &&
    operations.includes(operation) &&
    new Set(operations).size === operations.length
  );
}

function refuseWeakRsa({ asymmetricKeyDetails = {} }: KeyObject, complain: Complain): void {
  const { modulusLength = 0, publicExponent = 0n } = asymmetricKeyDetails;
  if (modulusLength < MIN_RSA_BITS) {
    throw complain(`is RSA of ${modulusLength} bits; at least ${MIN_RSA_BITS} are needed`);
  }
  if (publicExponent < MIN_RSA_EXPONENT) {
    throw complain(
      `is RSA with the public exponent ${publicExponent}; at least ${MIN_RSA_EXPONENT} is needed`,
    );
  }
}

function typeOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string {
  const { namedCurve } = asymmetricKeyDetails ?? {};
  return namedCurve ? `${asymmetricKeyType} (${namedCurve})` : `${asymmetricKeyType}`;
}
