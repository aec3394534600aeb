import { timingSafeEqual } from 'node:crypto';
import { TempIDExpiredError, TempIDNotYetValidError, TempIDScopeError } from '../common/errors.js';
import { Refusal } from '../common/refusal.js';
import { toBinding } from '../token/binding.js';
import type { Claims } from '../token/claims.js';
import type { TempID } from '../token/tempid.js';
import { ANY_BINDING, type VerifyOptions } from './verify-options.js';

export const EXPIRED = new Refusal(TempIDExpiredError, 'The token has expired.');
const NOT_YET_VALID = new Refusal(TempIDNotYetValidError, 'The token is not valid yet.');
const OTHER_PURPOSE = new Refusal(TempIDScopeError, 'The token has another purpose.');
const OTHER_AUDIENCE = new Refusal(TempIDScopeError, 'The token is for another audience.');
const OTHER_ISSUER = new Refusal(TempIDScopeError, 'The token has another issuer.');
const OTHER_SUBJECT = new Refusal(TempIDScopeError, 'The token is about another subject.');
const OTHER_BINDING = new Refusal(
  TempIDScopeError,
  'What the token is bound to has changed, or was not named.',
);

/**
 * @param now Unix milliseconds
 * @param leeway seconds
 */
export function refuseByTime(
  claims: Pick<Claims, 'expiresAt' | 'notBefore'>,
  now: number,
  leeway: number,
): Refusal | null {
  if (now >= (claims.expiresAt + leeway) * 1_000) return EXPIRED;
  if (claims.notBefore !== null && now < (claims.notBefore - leeway) * 1_000) return NOT_YET_VALID;
  return null;
}

/** Refuses a token whose purpose, audience, issuer or subject is not what the verifier names. */
export function refuseByScope(
  claims: Claims,
  options: VerifyOptions,
  module: { readonly issuer: string | null; readonly audience: string | null },
): Refusal | null {
  const { purpose, audience } = options.kind ?? options;
  if (claims.purpose !== (purpose ?? null)) return OTHER_PURPOSE;
  if (claims.audience !== (audience ?? module.audience)) return OTHER_AUDIENCE;
  if (module.issuer !== null && claims.issuer !== module.issuer) return OTHER_ISSUER;
  return refuseBySubject(claims, options);
}

/** Refuses a token that an earlier verification let through only for what is named this time. */
export function refuseByNamedScope(claims: Claims, options: VerifyOptions): Refusal | null {
  if (options.purpose !== undefined && claims.purpose !== options.purpose) return OTHER_PURPOSE;
  if (options.audience !== undefined && claims.audience !== options.audience) return OTHER_AUDIENCE;
  return refuseBySubject(claims, options);
}

function refuseBySubject(claims: Claims, options: VerifyOptions): Refusal | null {
  if (!('subject' in options)) return null;
  const named: unknown = options.subject;
  return typeof named === 'string' && claims.subject === named ? null : OTHER_SUBJECT;
}

/** Refuses a token that is bound to another value, or bound where none is named, or not bound where one is. */
export async function refuseByBinding(
  { binding }: Claims,
  options: VerifyOptions,
  toTempID: () => TempID,
): Promise<Refusal | null> {
  if (!('boundTo' in options)) return binding ? OTHER_BINDING : null;
  if (!binding) return OTHER_BINDING;
  const { boundTo } = options;
  if (boundTo === ANY_BINDING) return null;
  const value = typeof boundTo === 'function' ? await boundTo(toTempID()) : boundTo;
  if (typeof value !== 'string') return OTHER_BINDING;
  return timingSafeEqual(toBinding(value), binding) ? null : OTHER_BINDING;
}
