import { TempIDTokenPayloadError } from '../common/errors.js';
import { Refusal } from '../common/refusal.js';
import { ClaimReader } from '../formats/claim-reader.js';
import {
  type Claims,
  LAST_MOMENT,
  LAST_SECOND,
  MAX_USES,
  withIssueTimeAsCarried,
} from '../token/claims.js';
import type { ClaimLayout, ClaimsSet } from './claim-layout.js';
import { parseJsonObject } from './json-object.js';
import type { TokenIds } from './token-id.js';

const NOT_EMPTY = /./s;
/** 16 bytes in canonical base64url. */
const BINDING = /^[\w-]{21}[AQgw]$/;

/** What a format makes of the claims of its tokens. */
export interface ClaimRules {
  readonly layout: ClaimLayout;
  /** The uses of a token that names none; 0: unlimited. */
  readonly maxUses: number;
  readonly ids: TokenIds;
}

/**
 * The claims as JSON, and as they are read from it.
 *
 * @throws TempIDPayloadError where the layout has no place for the payload
 */
export function writeClaims(
  claims: Claims,
  jti: string,
  rules: ClaimRules,
): { json: Buffer; claims: Claims } {
  const carried = withIssueTimeAsCarried(claims);
  const { issuer, subject, audience, purpose, expiresAt, notBefore, binding } = carried;
  const maxUses = carried.maxUses > 0 ? carried.maxUses : rules.maxUses;
  const issuedAt = carried.issuedAt ?? 0;
  const isRevocable = purpose !== null || subject !== null;
  // What is undefined is left out.
  const text = JSON.stringify({
    iss: issuer ?? undefined,
    sub: subject ?? undefined,
    aud: audience ?? undefined,
    exp: expiresAt,
    nbf: notBefore ?? undefined,
    // Whole: a verifier that cuts off the fraction of its own clock would take it for a time in the future.
    iat: Math.floor(issuedAt / 1_000),
    iat_frac_ms: isRevocable ? issuedAt % 1_000 : undefined,
    jti,
    pur: purpose ?? undefined,
    max_uses: maxUses > 0 ? maxUses : undefined,
    bnd: binding?.toString('base64url'),
    ...rules.layout.write(carried.payload),
  });
  const payload = rules.layout.read(new Map(Object.entries(JSON.parse(text) as object)));
  if (payload instanceof Refusal) throw payload.toError();
  return { json: Buffer.from(text, 'utf8'), claims: { ...carried, maxUses, payload } };
}

/** Reads claims that were authenticated. */
export function readClaims(
  bytes: Uint8Array,
  rules: ClaimRules,
): { claims: Claims; jti: string | null } | Refusal {
  const set = parseJsonObject(bytes);
  if (!set) return malformed('it is no JSON object in UTF-8');
  if (set.has('cnf')) return malformed(`it has 'cnf', which nobody checks here`);
  const audience = readAudience(set);
  if (audience instanceof Refusal) return audience;
  const payload = rules.layout.read(set);
  if (payload instanceof Refusal) return payload;

  const read = new ClaimReader(set);
  const expiresAt = read.number('exp', 0, LAST_SECOND);
  const issuedAt = readIssueTime(read);
  const notBefore = read.number('nbf', 0, LAST_SECOND);
  const jti = read.text('jti', NOT_EMPTY);
  const binding = read.text('bnd', BINDING);
  const maxUses = read.integer('max_uses', 1, MAX_USES);
  const rest = {
    purpose: read.text('pur', NOT_EMPTY),
    subject: read.text('sub', NOT_EMPTY),
    issuer: read.text('iss', NOT_EMPTY),
  };
  const isRevocable = rest.purpose !== null || rest.subject !== null;
  if (expiresAt === null) return malformed(`it has no 'exp' that is a time`);
  if (issuedAt === null && (isRevocable || set.has('iat'))) {
    return malformed(`it has no 'iat' that is a time`);
  }
  if (read.malformed !== undefined) {
    return malformed(`'${read.malformed}' is of another type or range`);
  }
  if (maxUses !== null && jti === null) {
    return malformed(`it has 'max_uses' and no 'jti' to count them by`);
  }
  const refusal = jti === null ? null : rules.ids.refuse(jti);
  if (refusal) return refusal;
  return {
    claims: {
      ...rest,
      maxUses: maxUses ?? rules.maxUses,
      // Other formats have whole seconds: a fraction shortens the life of the token.
      expiresAt: Math.floor(expiresAt),
      notBefore: notBefore === null ? null : Math.ceil(notBefore),
      issuedAt,
      audience,
      payload,
      binding: binding === null ? null : Buffer.from(binding, 'base64url'),
    },
    jti,
  };
}

/** Unix milliseconds: those of `iat`, or of a whole `iat` and the claim beside it. */
function readIssueTime(read: ClaimReader<string>): number | null {
  const issuedAt = read.number('iat', 0, LAST_SECOND);
  const milliseconds = read.integer('iat_frac_ms', 0, 999);
  if (issuedAt === null) return null;
  if (milliseconds === null) return Math.round(issuedAt * 1_000);
  const moment = issuedAt * 1_000 + milliseconds;
  if (!Number.isInteger(issuedAt) || moment > LAST_MOMENT) read.malformed ??= 'iat_frac_ms';
  return moment;
}

function readAudience(set: ClaimsSet): string | null | Refusal {
  const aud = set.get('aud');
  if (aud === undefined) return null;
  const audience: unknown = Array.isArray(aud) && aud.length === 1 ? aud[0] : aud;
  return typeof audience === 'string' && audience !== ''
    ? audience
    : malformed(`'aud' names not exactly one audience`);
}

function malformed(problem: string): Refusal {
  return new Refusal(TempIDTokenPayloadError, `The payload of the token is malformed: ${problem}.`);
}
