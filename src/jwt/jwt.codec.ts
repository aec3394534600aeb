import type { Claims } from '../token/claims.js';
import type { DecodedToken, TempIDCodec } from '../formats/codec.js';
import type { PublicJwk } from '../formats/public-jwk.js';
import {
  TempIDFormatError,
  TempIDPayloadTooLargeError,
  TempIDTamperedError,
} from '../common/errors.js';
import type { RefreshableKeys } from '../keys/refreshable-source.js';
import type { KeyReport } from '../keys/key-report.js';
import { Refusal } from '../common/refusal.js';
import { endsInLetterOrDigit, MAX_DRAWS } from '../token/token-ends.js';
import { type ClaimRules, readClaims, writeClaims } from './claims-json.js';
import type { Envelope } from './envelope.js';
import {
  type HeaderRules,
  type JwtHeader,
  kidOf,
  OTHER_ALGORITHM,
  own,
  readHeader,
  refuseHeader,
} from './header.js';
import type { JwtKeys } from './jwt-keys.js';
import type { MintedHeader } from './minted-header.js';
import { newJti } from './token-id.js';

const LONGEST_TOKEN = 16_384;
const LONGEST_HEADER = 1_024;

/** Base64url without padding, and with what is left over at its end zero: bytes are written in one way only. */
const CANONICAL =
  /^(?:[A-Za-z0-9_-]{4})*(?:[A-Za-z0-9_-][AQgw]|[A-Za-z0-9_-]{2}[AEIMQUYcgkosw048])?$/;

const NO_TOKEN = new Refusal(TempIDFormatError, 'The string is no JWT of this format.');
const TOO_LONG = new Refusal(
  TempIDFormatError,
  `A JWT has at most ${LONGEST_TOKEN} characters here, and its header ${LONGEST_HEADER}.`,
);
const BAD_HEADER = new Refusal(TempIDFormatError, 'The header of the token is malformed.');
const BAD_PART = new Refusal(
  TempIDFormatError,
  'The payload or the signature of the token is malformed: it is not canonical base64url.',
);
const UNKNOWN_KEY = new Refusal(
  TempIDTamperedError,
  'The token was made with a key that is not configured here, or was changed.',
);

/** A JWT in compact serialization: the header is checked first, then what authenticates it, and then its claims. */
export class JwtCodec implements TempIDCodec {
  constructor(
    private readonly envelope: Envelope,
    private readonly keys: JwtKeys,
    private readonly header: MintedHeader,
    private readonly rules: HeaderRules,
    private readonly claimRules: ClaimRules,
  ) {}

  get changingKeys(): RefreshableKeys | undefined {
    return this.keys.changing;
  }

  report(): KeyReport[] {
    return this.keys.report();
  }

  publicKeys(): PublicJwk[] {
    return this.keys.publicKeys();
  }

  recognizes(value: string): boolean {
    return value.startsWith('e') && countDots(value, this.envelope.dots) === this.envelope.dots;
  }

  async encode(given: Claims): Promise<DecodedToken> {
    const key = this.keys.newest();
    for (let draw = 1; ; draw++) {
      const isLast = draw === MAX_DRAWS;
      const jti = newJti();
      const id = this.claimRules.ids.ofJti(jti, given.issuer, key.kid);
      if (![jti, id].every(endsInLetterOrDigit) && !isLast) continue;
      const { json, claims } = writeClaims(given, jti, this.claimRules);
      const value = await this.envelope.seal(json, this.header.of(key), key);
      if (value.length > LONGEST_TOKEN) {
        throw new TempIDPayloadTooLargeError(
          `The token would have ${value.length} characters; a JWT has at most ${LONGEST_TOKEN}.`,
        );
      }
      // A signature of 48, 96 or 384 bytes may end in any character: other claims have another one.
      if (!endsInLetterOrDigit(value) && !isLast) continue;
      return { value, id, isCountable: true, claims, key: key.tokenKey };
    }
  }

  async decode(value: string): Promise<DecodedToken | Refusal> {
    const header = this.check(value);
    if (header instanceof Refusal) return header;
    const key = this.keys.withKid(String(kidOf(header, this.rules)));
    if (!key) return UNKNOWN_KEY;
    if (own(header, 'alg') !== key.alg) return OTHER_ALGORITHM;
    const bytes = await this.envelope.open(value, key);
    if (bytes instanceof Refusal) return bytes;
    // The key may have been taken out meanwhile, or be there in another role.
    if (!key.tokenKey.isTrusted()) return this.decode(value);
    const read = readClaims(bytes, this.claimRules);
    if (read instanceof Refusal) return read;
    const { claims, jti } = read;
    const { ids } = this.claimRules;
    const id =
      jti === null
        ? ids.ofText(this.envelope.identity(value))
        : ids.ofJti(jti, claims.issuer, key.kid);
    return { value, id, isCountable: jti !== null, claims, key: key.tokenKey };
  }

  /** The header of a token that may be looked at further. Costs little, however long the string is. */
  private check(value: string): JwtHeader | Refusal {
    if (value.length > LONGEST_TOKEN) return TOO_LONG;
    const [encoded = '', ...rest] = value.split('.');
    if (encoded.length > LONGEST_HEADER) return TOO_LONG;
    if (rest.length !== this.envelope.dots) return NO_TOKEN;
    if (!CANONICAL.test(encoded)) return BAD_HEADER;
    const header = readHeader(encoded);
    if (header instanceof Refusal) return header;
    const refusal = refuseHeader(header, this.rules);
    if (refusal) return refusal;
    if (!rest.every((part) => CANONICAL.test(part))) return BAD_PART;
    return this.envelope.refuseParts(rest) ?? header;
  }
}

/** How many dots there are, but counts no further than one too many. */
function countDots(value: string, enough: number): number {
  let count = 0;
  for (let at = value.indexOf('.'); at >= 0 && count <= enough; at = value.indexOf('.', at + 1)) {
    count++;
  }
  return count;
}
