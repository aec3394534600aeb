import {
  TempIDFormatError,
  TempIDPayloadTooLargeError,
  TempIDTamperedError,
} from '../common/errors.js';
import { Refusal } from '../common/refusal.js';
import type { FormatKeys, TempIDCodec } from '../formats/codec.js';
import { type Claims, type JsonObject, LAST_SECOND, MAX_USES } from '../token/claims.js';
import type { DecodedToken } from '../token/decoded-token.js';
import { freezeJsonObject, isTooDeep } from '../token/payload.js';
import { endsInLetterOrDigit, MAX_DRAWS } from '../token/token-ends.js';
import { toUnverified, type UnverifiedTempID } from '../token/unverified-tempid.js';
import { type ClaimRules, readClaims, writeClaims } from './claims-json.js';
import type { DerivedKeys } from './derived-keys.js';
import type { Envelope } from './envelope.js';
import { type HeaderFormat, MALFORMED_HEADER, OTHER_ALGORITHM } from './header.js';
import { parseJsonObject } from './json-object.js';
import { OwnKeys } from './own-keys.js';
import { newJti } from './token-id.js';

const MAX_TOKEN_LENGTH = 16_384;
const MAX_HEADER_LENGTH = 1_024;

/** Base64url without padding, whose unused last bits are zero, so that bytes are written in one way only. */
const CANONICAL =
  /^(?:[A-Za-z0-9_-]{4})*(?:[A-Za-z0-9_-][AQgw]|[A-Za-z0-9_-]{2}[AEIMQUYcgkosw048])?$/;

const NO_TOKEN = new Refusal(TempIDFormatError, 'The string is no JWT of this format.');
const TOO_LONG = new Refusal(
  TempIDFormatError,
  `A JWT has at most ${MAX_TOKEN_LENGTH} characters here, and its header ${MAX_HEADER_LENGTH}.`,
);
const BAD_PART = new Refusal(
  TempIDFormatError,
  'The payload or the signature of the token is malformed: it is not canonical base64url.',
);
const UNKNOWN_KEY = new Refusal(
  TempIDTamperedError,
  'The token was made with a key that is not configured here, or was changed.',
);

/** A JWT in compact serialization. Its header is checked first, then its authenticity, and then its claims. */
export class JwtCodec implements TempIDCodec {
  readonly ownKeys: FormatKeys | undefined;

  constructor(
    private readonly envelope: Envelope,
    private readonly keys: DerivedKeys | OwnKeys,
    private readonly header: HeaderFormat,
    private readonly claimRules: ClaimRules,
  ) {
    if (keys instanceof OwnKeys) this.ownKeys = keys;
  }

  recognizes(value: string): boolean {
    return value.startsWith('e') && countDots(value, this.envelope.dots) === this.envelope.dots;
  }

  async encode(claims: Claims): Promise<DecodedToken> {
    const { format } = this.envelope;
    const key = this.keys.newest();
    for (let draw = 1; ; draw++) {
      const isLast = draw === MAX_DRAWS;
      const jti = newJti();
      const id = this.claimRules.ids.ofJti(jti, claims.issuer, key.kid);
      if (![jti, id].every(endsInLetterOrDigit) && !isLast) continue;
      const written = writeClaims(claims, jti, this.claimRules);
      const value = await this.envelope.seal(written.json, this.header.of(key.kid), key);
      if (value.length > MAX_TOKEN_LENGTH) {
        throw new TempIDPayloadTooLargeError(
          `The token would have ${value.length} characters; a JWT has at most ${MAX_TOKEN_LENGTH}.`,
        );
      }
      // A signature of 48, 96 or 384 bytes may end in any character, and another jti gives another signature.
      if (!endsInLetterOrDigit(value) && !isLast) continue;
      return { value, id, isCountable: true, format, claims: written.claims, key: key.tokenKey };
    }
  }

  async decode(value: string): Promise<DecodedToken | Refusal> {
    const header = this.check(value);
    if (header instanceof Refusal) return header;
    const key = this.keys.withKid(header.kid);
    if (!key) return UNKNOWN_KEY;
    if (header.alg !== key.alg) return OTHER_ALGORITHM;
    const bytes = await this.envelope.open(value, key);
    if (bytes instanceof Refusal) return bytes;
    // Meanwhile the key may have been taken out, or have been given another role.
    if (!key.tokenKey.isTrusted()) return this.decode(value);
    const read = readClaims(bytes, this.claimRules);
    if (read instanceof Refusal) return read;
    const { claims, jti } = read;
    const { format } = this.envelope;
    const { ids } = this.claimRules;
    const id =
      jti === null
        ? ids.ofText(this.envelope.identity(value))
        : ids.ofJti(jti, claims.issuer, key.kid);
    return { value, id, isCountable: jti !== null, format, claims, key: key.tokenKey };
  }

  readUnverified(value: string): UnverifiedTempID | null {
    if (value.length > MAX_TOKEN_LENGTH || !this.recognizes(value)) return null;
    const { format } = this.envelope;
    const [encoded = '', second = ''] = value.split('.');
    const header = encoded.length > MAX_HEADER_LENGTH ? null : readPart(encoded);
    const { alg, enc, kid } = header ?? {};
    if (typeof alg !== 'string' || !this.envelope.supports(alg, enc)) return null;
    const claims = format === 'jws' ? readPart(second) : null;
    if (format === 'jws' && !claims) return null;
    const { exp, max_uses: limit } = claims ?? {};
    return toUnverified({
      format,
      kid: typeof kid === 'string' ? kid : null,
      header,
      claims,
      ...(isWithin(exp, LAST_SECOND) && { expiresAt: new Date(Math.floor(exp) * 1_000) }),
      ...(isWithin(limit, MAX_USES) && Number.isInteger(limit) && { maxUses: limit }),
    });
  }

  /** The header of a token that is worth trying a key on. Costs little, however long the string is. */
  private check(value: string): ReturnType<HeaderFormat['read']> {
    if (value.length > MAX_TOKEN_LENGTH) return TOO_LONG;
    const [encoded = '', ...rest] = value.split('.');
    if (encoded.length > MAX_HEADER_LENGTH) return TOO_LONG;
    if (rest.length !== this.envelope.dots) return NO_TOKEN;
    if (!CANONICAL.test(encoded)) return MALFORMED_HEADER;
    const header = this.header.read(encoded, this.envelope);
    if (header instanceof Refusal) return header;
    if (!rest.every((part) => CANONICAL.test(part))) return BAD_PART;
    return this.envelope.refuseParts(rest) ?? header;
  }
}

/** A part of a token that is a JSON object, frozen. */
function readPart(encoded: string): JsonObject | null {
  const members = CANONICAL.test(encoded) && parseJsonObject(Buffer.from(encoded, 'base64url'));
  if (!members || [...members.values()].some((value) => isTooDeep(value))) return null;
  return freezeJsonObject(Object.fromEntries(members));
}

function isWithin(value: unknown, last: number): value is number {
  return typeof value === 'number' && value >= 0 && value <= last;
}

/** How many dots there are, but counts no further than one too many. */
function countDots(value: string, enough: number): number {
  let count = 0;
  for (let at = value.indexOf('.'); at >= 0 && count <= enough; at = value.indexOf('.', at + 1)) {
    count++;
  }
  return count;
}
