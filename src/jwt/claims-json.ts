import { isUtf8 } from 'node:buffer';
import {
  type Claims,
  type JsonObject,
  LAST_MOMENT,
  MAX_USES,
  withIssueTimeAsCarried,
} from '../claims.js';
import { TempIDTokenPayloadError } from '../errors.js';
import { freezeJsonObject, isTooDeep } from '../payload.js';
import { Refusal } from '../refusal.js';

const LAST_SECOND = LAST_MOMENT / 1_000;
/** 16 bytes in canonical base64url. */
const BINDING = /^[\w-]{21}[AQgw]$/;

const NOT_EMPTY = /./s;

const NOT_JSON = malformed('it is no JSON object in UTF-8');
const CONFIRMATION = malformed(`it has 'cnf', which nobody checks here`);
const SEVERAL_AUDIENCES = malformed(`'aud' names not exactly one audience`);
const LIMIT_WITHOUT_ID = malformed(`it has 'max_uses' and no 'jti' to count them by`);
const NO_OBJECT = new Refusal(TempIDTokenPayloadError, `The 'ext' of the token is no JSON object.`);
const TOO_DEEP = new Refusal(TempIDTokenPayloadError, `The 'ext' of the token is nested too deep.`);

/** The claims of a JWT, and its name. */
export interface JwtClaims {
  readonly claims: Claims;
  readonly jti: string | null;
}

/** The claims as JSON, and as whoever reads it gets them. */
export function writeClaims(given: Claims, jti: string): { json: Buffer; claims: Claims } {
  const claims = withIssueTimeAsCarried(given);
  const { issuer, subject, audience, purpose, expiresAt, notBefore, issuedAt } = claims;
  const { maxUses, binding, payload } = claims;
  // What is undefined is left out.
  const text = JSON.stringify({
    iss: issuer ?? undefined,
    sub: subject ?? undefined,
    aud: audience ?? undefined,
    exp: expiresAt,
    nbf: notBefore ?? undefined,
    iat: (issuedAt ?? 0) / 1_000,
    jti,
    pur: purpose ?? undefined,
    max_uses: maxUses > 0 ? maxUses : undefined,
    bnd: binding?.toString('base64url'),
    ext: payload ?? undefined,
  });
  const carried = payload && freezeJsonObject(JSON.parse(JSON.stringify(payload)));
  return { json: Buffer.from(text, 'utf8'), claims: { ...claims, payload: carried } };
}

/** Reads claims that were authenticated. Claims that are not known are ignored (RFC 7519 §4). */
export function readClaims(bytes: Uint8Array): JwtClaims | Refusal {
  const set = parseObject(bytes);
  if (!set) return NOT_JSON;
  if (Object.hasOwn(set, 'cnf')) return CONFIRMATION;
  const audience = readAudience(set);
  if (audience instanceof Refusal) return audience;
  const payload = readPayload(set);
  if (payload instanceof Refusal) return payload;

  const read = new ClaimReader(set);
  const expiresAt = read.time('exp');
  const issuedAt = read.time('iat');
  const notBefore = read.time('nbf');
  const jti = read.text('jti');
  const bnd = read.text('bnd', BINDING);
  const rest = {
    maxUses: read.uses('max_uses'),
    purpose: read.text('pur'),
    subject: read.text('sub'),
    issuer: read.text('iss'),
  };
  if (expiresAt === null) return malformed(`it has no 'exp' that is a time`);
  if (issuedAt === null) return malformed(`it has no 'iat' that is a time`);
  if (read.wrong !== null) return malformed(`'${read.wrong}' is of another type or range`);
  if (rest.maxUses > 0 && jti === null) return LIMIT_WITHOUT_ID;
  return {
    claims: {
      ...rest,
      // Only ever shorter than the token says: other formats have whole seconds.
      expiresAt: Math.floor(expiresAt),
      notBefore: notBefore === null ? null : Math.ceil(notBefore),
      issuedAt: Math.round(issuedAt * 1_000),
      audience,
      payload,
      binding: bnd === null ? null : Buffer.from(bnd, 'base64url'),
    },
    jti,
  };
}

function malformed(what: string): Refusal {
  return new Refusal(TempIDTokenPayloadError, `The payload of the token is malformed: ${what}.`);
}

type ClaimsSet = Readonly<Record<string, unknown>>;

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

function readPayload(set: ClaimsSet): JsonObject | null | Refusal {
  if (!Object.hasOwn(set, 'ext')) return null;
  return isTooDeep(set['ext']) ? TOO_DEEP : (freezeJsonObject(set['ext']) ?? NO_OBJECT);
}

/** Reads claims by type: null for one that is absent, and the first one of another type in `wrong`. */
class ClaimReader {
  wrong: string | null = null;

  constructor(private readonly set: ClaimsSet) {}

  text(name: string, shape = NOT_EMPTY): string | null {
    return this.read(
      name,
      (value): value is string =>
        typeof value === 'string' && value.isWellFormed() && shape.test(value),
    );
  }

  /** Unix seconds, perhaps with a fraction (NumericDate of RFC 7519 §2). */
  time(name: string): number | null {
    return this.read(
      name,
      (value): value is number => typeof value === 'number' && value >= 0 && value <= LAST_SECOND,
    );
  }

  uses(name: string): number {
    return this.read(name, isNumberOfUses) ?? 0;
  }

  private read<V>(name: string, isRight: (value: unknown) => value is V): V | null {
    if (!Object.hasOwn(this.set, name)) return null;
    const value = this.set[name];
    if (isRight(value)) return value;
    this.wrong ??= name;
    return null;
  }
}

function isNumberOfUses(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= MAX_USES;
}
