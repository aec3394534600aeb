import { randomFillSync } from 'node:crypto';
import { TempIDFormatError, TempIDTamperedError } from '../common/errors.js';
import { Refusal } from '../common/refusal.js';
import type { Keyring } from '../keys/keyring.js';
import { deriveKey, PerSecret, type Secret } from '../keys/secret.js';
import { type Claims, withIssueTimeAsCarried } from '../token/claims.js';
import type { DecodedToken } from '../token/decoded-token.js';
import { endsInLetterOrDigit, MAX_DRAWS } from '../token/token-ends.js';
import { toUnverified, type UnverifiedTempID } from '../token/unverified-tempid.js';
import type { TempIDCodec } from './codec.js';
import { decodeClaims, encodeClaims } from './v3-claims.js';
import { NONCE_LENGTH, Xaes256Gcm } from './xaes-256-gcm.js';

const PREFIX = 'TEMP-V3.';
const KID_LENGTH = 4;
const HEADER_LENGTH = KID_LENGTH + NONCE_LENGTH;
const SHORTEST = HEADER_LENGTH + 16;
const SHORTEST_TEXT = PREFIX.length + Math.ceil((SHORTEST * 4) / 3);

/** As far as the key id goes: 6 characters of base64url, of which the last has bits of the nonce. */
const START = /^TEMP-V3\.([\w-]{6})/;

const NOT_CANONICAL = new Refusal(
  TempIDFormatError,
  'A V3 token is TEMP-V3. and canonical base64url.',
);
const TOO_SHORT = new Refusal(TempIDFormatError, 'The token is too short.');
const UNKNOWN_KEY = new Refusal(
  TempIDTamperedError,
  'The token was made with a secret that is not configured here, or was changed.',
);
const CHANGED = new Refusal(TempIDTamperedError, 'The token was changed.');

/** The native format, `TEMP-V3.<base64url(kid || nonce || sealed)>`: encrypted CBOR claims (docs/token-formats.md). */
export class V3Codec implements TempIDCodec {
  private readonly keys = new PerSecret(toKey);

  constructor(
    private readonly keyring: Keyring,
    private readonly nonces: Pick<NoncePool, 'next'> = new NoncePool(),
  ) {}

  recognizes(value: string): boolean {
    return value.startsWith(PREFIX);
  }

  encode(claims: Claims): DecodedToken {
    const secret = this.keyring.newest;
    const { aead, additionalData } = this.keys.of(secret);
    const carried = withIssueTimeAsCarried(claims);
    const encoded = encodeClaims(carried);
    for (let draw = 1; ; draw++) {
      const isLast = draw === MAX_DRAWS;
      const nonce = this.nonces.next();
      const id = nonce.toString('base64url');
      if (!endsInLetterOrDigit(id) && !isLast) continue;
      const sealed = aead.seal(nonce, encoded, additionalData);
      const value = PREFIX + Buffer.concat([secret.kid, nonce, sealed]).toString('base64url');
      if (!endsInLetterOrDigit(value) && !isLast) continue;
      return { value, id, isCountable: true, format: 'v3', claims: carried, key: secret };
    }
  }

  decode(value: string): DecodedToken | Refusal {
    if (!this.recognizes(value)) return NOT_CANONICAL;
    const text = value.slice(PREFIX.length);
    const bytes = Buffer.from(text, 'base64url');
    // Node's decoder skips what it does not know, so only a text that it writes back the same is canonical.
    if (bytes.toString('base64url') !== text) return NOT_CANONICAL;
    if (bytes.length < SHORTEST) return TOO_SHORT;
    const secret = this.keyring.withKid(bytes.readUInt32BE(0));
    if (!secret) return UNKNOWN_KEY;
    const { aead, additionalData } = this.keys.of(secret);
    const nonce = bytes.subarray(KID_LENGTH, HEADER_LENGTH);
    const encoded = aead.open(nonce, bytes.subarray(HEADER_LENGTH), additionalData);
    if (!encoded) return CHANGED;
    const claims = decodeClaims(encoded);
    if (claims instanceof Refusal) return claims;
    const id = nonce.toString('base64url');
    return { value, id, isCountable: true, format: 'v3', claims, key: secret };
  }

  readUnverified(value: string): UnverifiedTempID | null {
    const [, start] = START.exec(value) ?? [];
    if (start === undefined || value.length < SHORTEST_TEXT) return null;
    const kid = Buffer.from(start, 'base64url').subarray(0, KID_LENGTH);
    return toUnverified({ format: 'v3', kid: kid.toString('base64url') });
  }
}

function toKey({ key, kid }: Secret) {
  return {
    aead: new Xaes256Gcm(deriveKey(key, 'tempid v3 encryption', 32)),
    additionalData: Buffer.concat([Buffer.from(PREFIX, 'ascii'), kid]),
  };
}

/** Random nonces. They are fetched many at a time, since one fetch costs as much as an encryption. */
class NoncePool {
  private readonly pool = Buffer.alloc(128 * NONCE_LENGTH);
  private position = this.pool.length;

  next(): Buffer {
    if (this.position === this.pool.length) {
      randomFillSync(this.pool);
      this.position = 0;
    }
    const start = this.position;
    this.position += NONCE_LENGTH;
    return Buffer.from(this.pool.subarray(start, this.position));
  }
}
