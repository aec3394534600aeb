import { randomBytes } from 'node:crypto';
import * as jose from 'jose';
import { jwe, jws, type SignatureAlgorithm } from '../../src/jwt/index.js';
import { EC, ED, HMAC_SECRET, type KeyPair, part, serviceOf } from './jwt.js';
import { P384, P521, RSA } from './jwt-algorithms.js';

/** What the tokens say that attacks begin with. */
export const CLAIMS = { exp: 4_000_000_000, iat: 1_700_000_000, jti: 'a'.repeat(32) };
export const HEADER = { alg: 'HS256', kid: 'hmac' };

/** One key of each type, under a name each. */
export const tempid = serviceOf(
  jws({
    keys: [
      { kid: 'hmac', secret: HMAC_SECRET },
      { kid: 'ed', privateKey: ED.privateKey },
      { kid: 'ec', privateKey: EC.privateKey },
      { kid: 'p384', privateKey: P384.privateKey },
      { kid: 'p521', privateKey: P521.privateKey },
      { kid: 'rs', privateKey: RSA.privateKey },
      { kid: 'ps', privateKey: RSA.privateKey, alg: 'PS256' },
    ],
  }),
);

/** The key pairs of those that sign by one, by their kid and algorithm. */
export const PAIRS: readonly (readonly [string, SignatureAlgorithm, KeyPair])[] = [
  ['ed', 'EdDSA', ED],
  ['ec', 'ES256', EC],
  ['p384', 'ES384', P384],
  ['p521', 'ES512', P521],
  ['rs', 'RS256', RSA],
  ['ps', 'PS256', RSA],
];
const ENCRYPTION_KEY = randomBytes(32);
export const encrypted = serviceOf(jwe({ keys: [{ kid: 'enc', secret: ENCRYPTION_KEY }] }));

/** A JWE by jose, of any header. */
export const encrypt = (
  header: object,
  plaintext: unknown = CLAIMS,
  key: Uint8Array = ENCRYPTION_KEY,
) =>
  new jose.CompactEncrypt(Buffer.from(JSON.stringify(plaintext)))
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: 'enc', ...header })
    .encrypt(key);

/** A good JWE whose header is another: no tag fits. */
export const withHeader = async (header: object) => {
  const [, ...rest] = (await encrypt({})).split('.');
  return [part(header), ...rest].join('.');
};
