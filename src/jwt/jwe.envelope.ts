import { compactDecrypt, CompactEncrypt } from 'jose';
import { TempIDFormatError, TempIDTamperedError } from '../common/errors.js';
import { Refusal } from '../common/refusal.js';
import { JWE_ALGORITHM, JWE_ENCRYPTION } from './algorithms.js';
import type { Envelope } from './envelope.js';
import { toWebCryptoKey } from './web-crypto-key.js';

const NONCE_CHARACTERS = 16;
const TAG_CHARACTERS = 22;

const BAD_PARTS = new Refusal(
  TempIDFormatError,
  'A JWE of dir and A256GCM has no encrypted key, a nonce of 12 bytes and a tag of 16.',
);
const CHANGED = new Refusal(
  TempIDTamperedError,
  'The token was changed, or made with another key.',
);

/** Encryption by AES-256-GCM with the key itself (RFC 7516). */
export const JWE_ENVELOPE: Envelope = {
  dots: 4,

  async seal(claims, header, { alg, making }) {
    const key = await toWebCryptoKey(making, alg);
    return new CompactEncrypt(claims)
      .setProtectedHeader({ ...header, alg: JWE_ALGORITHM, enc: JWE_ENCRYPTION })
      .encrypt(key);
  },

  refuseParts([encryptedKey, nonce, , tag]) {
    const isRight =
      encryptedKey === '' && nonce?.length === NONCE_CHARACTERS && tag?.length === TAG_CHARACTERS;
    return isRight ? null : BAD_PARTS;
  },

  async open(value, { alg, reading }) {
    try {
      const key = await toWebCryptoKey(reading, alg);
      const { plaintext } = await compactDecrypt(value, key, {
        keyManagementAlgorithms: [JWE_ALGORITHM],
        contentEncryptionAlgorithms: [JWE_ENCRYPTION],
      });
      return plaintext;
    } catch {
      // Whatever jose says of a token whose header and parts were checked, it is not authentic.
      return CHANGED;
    }
  },

  identity: (value) => value,
};
