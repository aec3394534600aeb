import { CompactSign, compactVerify } from 'jose';
import { TempIDTamperedError } from '../common/errors.js';
import { Refusal } from '../common/refusal.js';
import type { Envelope } from './envelope.js';
import { toWebCryptoKey } from './web-crypto-key.js';

const BAD_SIGNATURE = new Refusal(
  TempIDTamperedError,
  'The signature of the token is wrong: it was changed, or made with another key.',
);

/** A signature (RFC 7515). The claims can be read by anybody. */
export const JWS_ENVELOPE: Envelope = {
  dots: 2,

  async seal(claims, header, { alg, making }) {
    const key = await toWebCryptoKey(making, alg);
    return new CompactSign(claims).setProtectedHeader({ ...header, alg }).sign(key);
  },

  refuseParts: () => null,

  async open(value, { alg, reading }) {
    try {
      const key = await toWebCryptoKey(reading, alg);
      return (await compactVerify(value, key, { algorithms: [alg] })).payload;
    } catch {
      // Whatever jose says of a token whose header and base64url were checked, it is not authentic.
      return BAD_SIGNATURE;
    }
  },

  /** An ECDSA signature can be changed into another good one: it is no part of what the token is. */
  identity: (value) => value.slice(0, value.lastIndexOf('.')),
};
