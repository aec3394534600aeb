import { randomFillSync } from 'node:crypto';
import { Refusal } from '../common/refusal.js';
import type { Keyring } from '../keys/keyring.js';
import { type Claims, withIssueTimeAsCarried } from '../token/claims.js';
import type { DecodedToken } from '../token/decoded-token.js';
import { endsInLetterOrDigit, MAX_DRAWS } from '../token/token-ends.js';
import { toUnverified, type UnverifiedTempID } from '../token/unverified-tempid.js';
import type { TempIDCodec } from './codec.js';
import { KID_LENGTH, NOT_CANONICAL, SealedClaims, SHORTEST } from './sealed-claims.js';
import { encodeClaims } from './v3-claims.js';
import { NONCE_LENGTH } from './xaes-256-gcm.js';

const PREFIX = 'TEMP-V3.';
const SHORTEST_TEXT = PREFIX.length + Math.ceil((SHORTEST * 4) / 3);

/** As far as the key id goes: 6 characters of base64url, of which the last has bits of the nonce. */
const START = /^TEMP-V3\.([\w-]{6})/;

/** The native format, `TEMP-V3.<base64url(kid || nonce || sealed)>`: encrypted CBOR claims (docs/token-formats.md). */
export class V3Codec implements TempIDCodec {
  private readonly sealed: SealedClaims;

  constructor(
    private readonly keyring: Keyring,
    private readonly nonces: Pick<NoncePool, 'next'> = new NoncePool(),
  ) {
    this.sealed = new SealedClaims(keyring, 'tempid v3 encryption', PREFIX);
  }

  recognizes(value: string): boolean {
    return value.startsWith(PREFIX);
  }

  encode(claims: Claims): DecodedToken {
    const secret = this.keyring.newest;
    const carried = withIssueTimeAsCarried(claims);
    const encoded = encodeClaims(carried);
    for (let draw = 1; ; draw++) {
      const isLast = draw === MAX_DRAWS;
      const nonce = this.nonces.next();
      const id = nonce.toString('base64url');
      if (!endsInLetterOrDigit(id) && !isLast) continue;
      const value = PREFIX + this.sealed.seal(secret, nonce, encoded);
      if (!endsInLetterOrDigit(value) && !isLast) continue;
      return { value, id, isCountable: true, format: 'v3', claims: carried, key: secret };
    }
  }

  decode(value: string): DecodedToken | Refusal {
    if (!this.recognizes(value)) return NOT_CANONICAL;
    const opened = this.sealed.open(value.slice(PREFIX.length));
    if (opened instanceof Refusal) return opened;
    const { claims, nonce, key } = opened;
    const id = nonce.toString('base64url');
    return { value, id, isCountable: true, format: 'v3', claims, key };
  }

  readUnverified(value: string): UnverifiedTempID | null {
    const [, start] = START.exec(value) ?? [];
    if (start === undefined || value.length < SHORTEST_TEXT) return null;
    const kid = Buffer.from(start, 'base64url').subarray(0, KID_LENGTH);
    return toUnverified({ format: 'v3', kid: kid.toString('base64url') });
  }
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
