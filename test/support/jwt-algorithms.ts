import type { KeyObject } from 'node:crypto';
import type { JwsAlgorithm, SignatureAlgorithm } from '../../src/jwt/index.js';
import { EC, ec, ED, HMAC_SECRET, type KeyPair, rsa } from './jwt.js';

/** Not beside the other keys, since most suites need none of these: that of RSA takes a quarter of a second. */
export const P384 = ec('P-384');
export const P521 = ec('P-521');
export const RSA = rsa();

/** Each signature, the key pair of one that makes it, and the options of that key beside it. */
const SIGNATURES: readonly (readonly [SignatureAlgorithm, KeyPair, object])[] = [
  ['EdDSA', ED, {}],
  ['ES256', EC, {}],
  ['ES384', P384, {}],
  ['ES512', P521, {}],
  ['RS256', RSA, {}],
  ['PS256', RSA, { alg: 'PS256' }],
];

/** Each algorithm, the key that does it, and what signs and verifies elsewhere. */
export const ALGORITHMS: readonly (readonly [
  JwsAlgorithm,
  object,
  KeyObject | Uint8Array,
  KeyObject | Uint8Array,
])[] = [
  ['HS256', { secret: HMAC_SECRET }, HMAC_SECRET, HMAC_SECRET],
  ['HS384', { secret: HMAC_SECRET, alg: 'HS384' }, HMAC_SECRET, HMAC_SECRET],
  ['HS512', { secret: HMAC_SECRET, alg: 'HS512' }, HMAC_SECRET, HMAC_SECRET],
  ...SIGNATURES.map(
    ([alg, { privateKey, publicKey }, options]) =>
      [alg, { privateKey, ...options }, privateKey, publicKey] as const,
  ),
];
