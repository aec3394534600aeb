import { compactDecrypt, CompactEncrypt, CompactSign, compactVerify } from 'jose';
import { TempIDFormatError, TempIDTamperedError } from '../common/errors.js';
import { Refusal } from '../common/refusal.js';
import type { JsonObject } from '../token/claims.js';
import { isJwsAlgorithm, JWE_ALGORITHM, JWE_ENCRYPTION } from './algorithms.js';
import type { JwtKey } from './jwt-key.js';

const NONCE_CHARACTERS = 16;
const TAG_CHARACTERS = 22;

const BAD_SIGNATURE = new Refusal(
  TempIDTamperedError,
  'The signature of the token is wrong: it was changed, or made with another key.',
);
const BAD_PARTS = new Refusal(
  TempIDFormatError,
  'A JWE of dir and A256GCM has no encrypted key, a nonce of 12 bytes and a tag of 16.',
);
const CHANGED = new Refusal(
  TempIDTamperedError,
  'The token was changed, or made with another key.',
);

/** What keeps the claims of a JWT authentic. */
export interface Envelope {
  readonly format: 'jws' | 'jwe';
  /** How many dots the compact serialization has. */
  readonly dots: number;
  /** Whether it knows the algorithms of a header. */
  supports(alg: string, enc: unknown): boolean;
  /** @param header without the members that name algorithms */
  seal(claims: Uint8Array, header: JsonObject, key: JwtKey): Promise<string>;
  /** Refuses parts after the header that no key can have made. */
  refuseParts(parts: readonly string[]): Refusal | null;
  /** The claims of a token whose header was checked, and whose parts are canonical. Never rejects. */
  open(value: string, key: JwtKey): Promise<Uint8Array | Refusal>;
  /** The part of an authentic token that cannot be written in another way. */
  identity(value: string): string;
}

/** A signature (RFC 7515). The claims can be read by anybody. */
export const JWS_ENVELOPE: Envelope = {
  format: 'jws',
  dots: 2,

  supports: (alg, enc) => isJwsAlgorithm(alg) && enc === undefined,

  async seal(claims, header, key) {
    return new CompactSign(claims)
      .setProtectedHeader({ alg: key.alg, ...header })
      .sign(await key.forJose('seal'));
  },

  refuseParts: () => null,

  async open(value, key) {
    try {
      const joseKey = await key.forJose('open');
      return (await compactVerify(value, joseKey, { algorithms: [key.alg] })).payload;
    } catch {
      // The header and the base64url were checked, so nothing but the signature is wrong.
      return BAD_SIGNATURE;
    }
  },

  /** Without the signature: one of ECDSA can be changed into another good one. */
  identity: (value) => value.slice(0, value.lastIndexOf('.')),
};

/** Encryption by AES-256-GCM with the key itself (RFC 7516). */
export const JWE_ENVELOPE: Envelope = {
  format: 'jwe',
  dots: 4,

  supports: (alg, enc) => alg === JWE_ALGORITHM && enc === JWE_ENCRYPTION,

  async seal(claims, header, key) {
    return new CompactEncrypt(claims)
      .setProtectedHeader({ alg: JWE_ALGORITHM, enc: JWE_ENCRYPTION, ...header })
      .encrypt(await key.forJose('seal'));
  },

  refuseParts([encryptedKey, nonce, , tag]) {
    const isRight =
      encryptedKey === '' && nonce?.length === NONCE_CHARACTERS && tag?.length === TAG_CHARACTERS;
    return isRight ? null : BAD_PARTS;
  },

  async open(value, key) {
    try {
      const { plaintext } = await compactDecrypt(value, await key.forJose('open'), {
        keyManagementAlgorithms: [JWE_ALGORITHM],
        contentEncryptionAlgorithms: [JWE_ENCRYPTION],
      });
      return plaintext;
    } catch {
      // The header and the parts were checked, so the token is not authentic.
      return CHANGED;
    }
  },

  identity: (value) => value,
};
