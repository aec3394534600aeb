import { TempIDFormatError, TempIDPayloadError } from '../common/errors.js';
import { Refusal } from '../common/refusal.js';
import { type Claims, type JsonObject, LAST_SECOND, MAX_USES } from '../token/claims.js';
import { decodeCbor } from './cbor/decode.js';
import { encodeCbor } from './cbor/encode.js';
import { CborError, type CborValue } from './cbor/value.js';
import { ClaimReader } from './claim-reader.js';

/** The integer keys of the claims: those of CWT (RFC 8392) where it has one, ours under zero. */
const Key = {
  issuer: 1,
  subject: 2,
  audience: 3,
  expiresAt: 4,
  notBefore: 5,
  issuedAt: 6,
  purpose: -1,
  maxUses: -2,
  payload: -3,
  binding: -4,
  issuedAtMilliseconds: -5,
} as const;

const KNOWN_KEYS: ReadonlySet<number> = new Set(Object.values(Key));
const BINDING_LENGTH = 16;

const MALFORMED = new Refusal(TempIDFormatError, 'The claims of the token are malformed.');

/** @throws {@link TempIDPayloadError} where the payload has a string that UTF-8 cannot hold, or nests too deep */
export function encodeClaims(claims: Claims): Buffer {
  const { expiresAt, issuedAt, notBefore, maxUses, payload, binding } = claims;
  const { issuer, subject, audience, purpose } = claims;
  const map = new Map<number, CborValue>();
  if (issuer !== null) map.set(Key.issuer, issuer);
  if (subject !== null) map.set(Key.subject, subject);
  if (audience !== null) map.set(Key.audience, audience);
  map.set(Key.expiresAt, expiresAt);
  if (notBefore !== null) map.set(Key.notBefore, notBefore);
  map.set(Key.issuedAt, Math.floor((issuedAt ?? 0) / 1_000));
  if (purpose !== null) map.set(Key.purpose, purpose);
  if (maxUses > 0) map.set(Key.maxUses, maxUses);
  if (payload !== null) map.set(Key.payload, payload);
  if (binding !== null) map.set(Key.binding, binding);
  if (purpose !== null || subject !== null) {
    map.set(Key.issuedAtMilliseconds, (issuedAt ?? 0) % 1_000);
  }
  try {
    return encodeCbor(map);
  } catch (error) {
    if (!(error instanceof CborError)) throw error;
    throw new TempIDPayloadError(`The token cannot hold ${error.message}.`);
  }
}

/** Reads claims that were authenticated. An unknown claim may restrict the token, so the token is refused. */
export function decodeClaims(encoded: Buffer): Claims | Refusal {
  const map = decodeMap(encoded);
  if (!map) return MALFORMED;
  for (const key of map.keys()) if (!KNOWN_KEYS.has(key)) return MALFORMED;

  const read = new ClaimReader(map);
  const expiresAt = read.integer(Key.expiresAt, 0, LAST_SECOND);
  const issuedAt = read.integer(Key.issuedAt, 0, LAST_SECOND);
  const milliseconds = read.integer(Key.issuedAtMilliseconds, 0, 999) ?? 0;
  const rest = {
    notBefore: read.integer(Key.notBefore, 0, LAST_SECOND),
    maxUses: read.integer(Key.maxUses, 1, MAX_USES) ?? 0,
    payload: read.read(Key.payload, isJsonObject),
    purpose: read.text(Key.purpose),
    subject: read.text(Key.subject),
    audience: read.text(Key.audience),
    issuer: read.text(Key.issuer),
    binding: read.read(Key.binding, isBinding),
  };
  if (read.malformed !== undefined || expiresAt === null || issuedAt === null) return MALFORMED;
  return { expiresAt, issuedAt: issuedAt * 1_000 + milliseconds, ...rest };
}

function decodeMap(encoded: Buffer): ReadonlyMap<number, CborValue> | null {
  try {
    const value = decodeCbor(encoded);
    return value instanceof Map ? value : null;
  } catch (error) {
    if (error instanceof CborError) return null;
    throw error;
  }
}

function isBinding(value: unknown): value is Buffer {
  return Buffer.isBuffer(value) && value.length === BINDING_LENGTH;
}

function isJsonObject(value: unknown): value is JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return !Buffer.isBuffer(value) && !(value instanceof Map);
}
