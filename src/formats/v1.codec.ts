import { createHmac, timingSafeEqual } from 'node:crypto';
import { TempIDFormatError, TempIDTamperedError } from '../common/errors.js';
import { Refusal } from '../common/refusal.js';
import type { Keyring } from '../keys/keyring.js';
import { PerSecret, type Secret } from '../keys/secret.js';
import { NO_CLAIMS } from '../token/claims.js';
import type { DecodedToken } from '../token/decoded-token.js';
import type { TempIDReader } from './codec.js';
import { isExpiryInRange } from './v2.codec.js';

/** `XXXXXXXX-XXXXXX-XXXXXXXX`, in any case, each dash optional. */
const SHAPE = /^([0-9a-f]{8})-?([0-9a-f]{6})-?([0-9a-f]{8})$/;
const SHORTEST = 22;
const LONGEST = 24;

const NO_TOKEN = new Refusal(TempIDFormatError, 'A V1 token has 22 hexadecimal characters.');
const BAD_SIGNATURE = new Refusal(
  TempIDTamperedError,
  'The token was made with a secret that is not configured here, or was changed.',
);
const BAD_EXPIRY = new Refusal(TempIDFormatError, 'The expiry of the V1 token is out of range.');

export const V1_WARNING =
  `'accept' names v1, whose signature has 32 bits: it can be guessed in about 2^32 requests. ` +
  `Limit the rate, and take 'v1' out when its last token has expired.`;

/** The format of the Python package `tempid` 1.x, which is read and never written (docs/token-formats.md). */
export class V1Codec implements TempIDReader {
  private readonly masks = new PerSecret((secret) => sign(secret, 'ts-mask-v1').readUInt32BE());

  constructor(private readonly keyring: Keyring) {}

  recognizes(value: string): boolean {
    return partsOf(value) !== null;
  }

  decode(value: string): DecodedToken | Refusal {
    const parts = partsOf(value);
    if (!parts) return NO_TOKEN;
    const [expiry, random, signature] = parts;
    const mac = Buffer.from(signature, 'hex');
    const secret = this.keyring.find((one) =>
      timingSafeEqual(sign(one, expiry + random).subarray(0, 4), mac),
    );
    if (!secret) return BAD_SIGNATURE;

    const expiresAt = (Number.parseInt(expiry, 16) ^ this.masks.of(secret)) >>> 0;
    if (!isExpiryInRange(expiresAt)) return BAD_EXPIRY;
    return {
      value,
      id: idOf(secret, parts),
      isCountable: false,
      format: 'v1',
      claims: { ...NO_CLAIMS, expiresAt },
      key: secret,
    };
  }
}

type Parts = readonly [expiry: string, random: string, signature: string];

function partsOf(value: string): Parts | null {
  // A long string is not made lower case only to be refused.
  if (value.length < SHORTEST || value.length > LONGEST) return null;
  const [, expiry, random, signature] = SHAPE.exec(value.toLowerCase()) ?? [];
  return expiry && random && signature ? [expiry, random, signature] : null;
}

function sign({ key }: Secret, text: string): Buffer {
  return createHmac('sha256', key).update(text, 'ascii').digest();
}

/** For logs. It is a MAC, since so short a token can be found by hashing all there are. */
function idOf(secret: Secret, parts: Parts): string {
  return sign(secret, `nestjs-tempid v1 id ${parts.join('')}`).toString('base64url', 0, 24);
}
