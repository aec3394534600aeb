import { isUtf8 } from 'node:buffer';
import { type Claims, LAST_MOMENT, withIssueTimeAsCarried } from '../token/claims.js';
import { TempIDTokenPayloadError } from '../common/errors.js';
import { Refusal } from '../common/refusal.js';
import type { ClaimLayout } from './claim-layout.js';
import { ClaimReader, type ClaimsSet } from './claim-reader.js';
import type { TokenIds } from './token-id.js';

/** 16 bytes in canonical base64url. */
const BINDING = /^[\w-]{21}[AQgw]$/;

const NOT_JSON = malformed('it is no JSON object in UTF-8');
const CONFIRMATION = malformed(`it has 'cnf', which nobody checks here`);
const SEVERAL_AUDIENCES = malformed(`'aud' names not exactly one audience`);
const LIMIT_WITHOUT_ID = malformed(`it has 'max_uses' and no 'jti' to count them by`);

/** What a format makes of the claims of its tokens. */
export interface ClaimRules {
  readonly layout: ClaimLayout;
  /** The uses of a token that names none; 0: as many as one likes. */
  readonly maxUses: number;
  readonly ids: TokenIds;
}

/** The claims of a JWT, and its name. */
export interface JwtClaims {
  readonly claims: Claims;
  readonly jti: string | null;
}

/**
 * The claims as JSON, and as whoever reads it gets them.
 *
 * @throws TempIDPayloadError where the payload cannot stand where the layout has it
 */
export function writeClaims(
  given: Claims,
  jti: string,
  rules: ClaimRules,
): { json: Buffer; claims: Claims } {
  const claims = withIssueTimeAsCarried(given);
  const { issuer, subject, audience, purpose, expiresAt, notBefore, binding } = claims;
  const maxUses = claims.maxUses > 0 ? claims.maxUses : rules.maxUses;
  const issuedAt = claims.issuedAt ?? 0;
  const isRevocable = purpose !== null || subject !== null;
  // What is undefined is left out.
  const text = JSON.stringify({
    iss: issuer ?? undefined,
    sub: subject ?? undefined,
    aud: audience ?? undefined,
    exp: expiresAt,
    nbf: notBefore ?? undefined,
    // Whole: verifiers that cut off the fraction of their own clock take any other for one of the future.
    iat: Math.floor(issuedAt / 1_000),
    iat_frac_ms: isRevocable ? issuedAt % 1_000 : undefined,
    jti,
    pur: purpose ?? undefined,
    max_uses: maxUses > 0 ? maxUses : undefined,
    bnd: binding?.toString('base64url'),
    ...rules.layout.write(claims.payload),
  });
  const payload = rules.layout.read(JSON.parse(text) as ClaimsSet);
  if (payload instanceof Refusal) throw payload.toError();
  return { json: Buffer.from(text, 'utf8'), claims: { ...claims, maxUses, payload } };
}

/** Reads claims that were authenticated. */
export function readClaims(bytes: Uint8Array, rules: ClaimRules): JwtClaims | Refusal {
  const set = parseObject(bytes);
  if (!set) return NOT_JSON;
  if (Object.hasOwn(set, 'cnf')) return CONFIRMATION;
  const audience = readAudience(set);
  if (audience instanceof Refusal) return audience;
  const payload = rules.layout.read(set);
  if (payload instanceof Refusal) return payload;

  const read = new ClaimReader(set);
  const expiresAt = read.time('exp');
  const issuedAt = readIssueTime(read);
  const notBefore = read.time('nbf');
  const jti = read.text('jti');
  const bnd = read.text('bnd', BINDING);
  const uses = read.uses('max_uses');
  const rest = {
    purpose: read.text('pur'),
    subject: read.text('sub'),
    issuer: read.text('iss'),
  };
  const isRevocable = rest.purpose !== null || rest.subject !== null;
  if (expiresAt === null) return malformed(`it has no 'exp' that is a time`);
  if (issuedAt === null && (isRevocable || Object.hasOwn(set, 'iat'))) {
    return malformed(`it has no 'iat' that is a time`);
  }
  if (read.wrong !== null) return malformed(`'${read.wrong}' is of another type or range`);
  if (uses !== null && jti === null) return LIMIT_WITHOUT_ID;
  const refusal = jti === null ? null : rules.ids.refuse(jti);
  if (refusal) return refusal;
  return {
    claims: {
      ...rest,
      maxUses: uses ?? rules.maxUses,
      // Only ever shorter than the token says: other formats have whole seconds.
      expiresAt: Math.floor(expiresAt),
      notBefore: notBefore === null ? null : Math.ceil(notBefore),
      issuedAt,
      audience,
      payload,
      binding: bnd === null ? null : Buffer.from(bnd, 'base64url'),
    },
    jti,
  };
}

/** Unix milliseconds: those of `iat`, or of a whole `iat` and the claim beside it. */
function readIssueTime(read: ClaimReader): number | null {
  const issuedAt = read.time('iat');
  const milliseconds = read.whole('iat_frac_ms', 0, 999);
  if (issuedAt === null || milliseconds === null) {
    return issuedAt === null ? null : Math.round(issuedAt * 1_000);
  }
  const moment = issuedAt * 1_000 + milliseconds;
  if (!Number.isInteger(issuedAt) || moment > LAST_MOMENT) read.wrong ??= 'iat_frac_ms';
  return moment;
}

function malformed(what: string): Refusal {
  return new Refusal(TempIDTokenPayloadError, `The payload of the token is malformed: ${what}.`);
}

function parseObject(bytes: Uint8Array): ClaimsSet | null {
  if (!isUtf8(bytes)) return null;
  try {
    const set: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    return typeof set === 'object' && set !== null && !Array.isArray(set)
      ? (set as ClaimsSet)
      : null;
  } catch {
    return null;
  }
}

function readAudience(set: ClaimsSet): string | null | Refusal {
  if (!Object.hasOwn(set, 'aud')) return null;
  const { aud } = set;
  const one: unknown = Array.isArray(aud) && aud.length === 1 ? aud[0] : aud;
  return typeof one === 'string' && one !== '' ? one : SEVERAL_AUDIENCES;
}
