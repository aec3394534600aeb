import { randomBytes } from 'node:crypto';
import * as jose from 'jose';
import { jwe, jws } from '../../src/jwt/index.js';
import { EC, ED, HMAC_SECRET, part, serviceOf } from './jwt.js';

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
    ],
  }),
);
export const ENCRYPTION_KEY = randomBytes(32);
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
