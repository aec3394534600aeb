import { TempIDConfigurationError } from '../common/errors.js';

/** A value of JSON. */
export type JsonValue =
  string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** A JSON object: what a token's payload is. */
export type JsonObject = { readonly [key: string]: JsonValue };

/** The most uses that a token can have; one more stands for a token that was revoked. */
export const MAX_USES = 2_147_483_646;

/** The last moment that a Date can hold, in Unix milliseconds, and in seconds. */
export const LAST_MOMENT = 8_640_000_000_000_000;
export const LAST_SECOND = LAST_MOMENT / 1_000;

/** The deepest nesting of a payload; 1,024 bytes of JSON cannot nest deeper. */
export const MAX_PAYLOAD_DEPTH = 512;

/** The claims of a token, in no wire format. Times are Unix seconds; null stands for a claim that the token has not. */
export interface Claims {
  readonly expiresAt: number;
  /** Unix milliseconds, and null in a format that does not carry it. */
  readonly issuedAt: number | null;
  readonly notBefore: number | null;
  /** 0: unlimited. */
  readonly maxUses: number;
  readonly payload: JsonObject | null;
  readonly purpose: string | null;
  readonly subject: string | null;
  readonly audience: string | null;
  readonly issuer: string | null;
  /** The first 16 bytes of SHA-256 of the value that the token is bound to. */
  readonly binding: Buffer | null;
}

/** The claims that a token may leave out, as they are where it does. */
export const NO_CLAIMS = {
  issuedAt: null,
  notBefore: null,
  maxUses: 0,
  payload: null,
  purpose: null,
  subject: null,
  audience: null,
  issuer: null,
  binding: null,
} as const satisfies Omit<Claims, 'expiresAt'>;

/** Formats carry the milliseconds of the issue time only where a revocation by purpose or subject needs them. */
export function withIssueTimeAsCarried(claims: Claims): Claims {
  if (claims.issuedAt === null || claims.purpose !== null || claims.subject !== null) return claims;
  return { ...claims, issuedAt: Math.floor(claims.issuedAt / 1_000) * 1_000 };
}

/** @throws TempIDConfigurationError for what is no number of uses */
export function parseMaxUses(maxUses: unknown): number {
  if (Number.isInteger(maxUses) && Number(maxUses) >= 0 && Number(maxUses) <= MAX_USES) {
    return Number(maxUses);
  }
  throw new TempIDConfigurationError(
    `'maxUses' must be a whole number from 0 (unlimited) to ${MAX_USES}.`,
  );
}
