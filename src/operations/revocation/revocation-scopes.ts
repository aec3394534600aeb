import { hash } from 'node:crypto';
import type { Issuance } from '../../stores/tempid-store.js';

/** As long as the id of a V3 token: 24 bytes in base64url. */
const ID_LENGTH = 32;

/** The claims by which a token belongs to scopes. */
export interface ScopedClaims {
  readonly purpose?: string | null;
  readonly subject?: string | null;
  readonly issuedAt?: Date | null;
}

/** The tokens of a purpose, those of a subject, or those of a subject with one purpose. */
export type RevocationScope =
  | { readonly purpose: string; readonly subject: null }
  | { readonly purpose: string | null; readonly subject: string };

/**
 * The id of a scope in a store. It needs no key: it must be the same in every process, whatever secrets it has
 * at the moment, since a revocation that one process cannot find lets a token through.
 */
export function idOf({ purpose, subject }: RevocationScope): string {
  const text = `nestjs-tempid group\0${JSON.stringify([purpose, subject])}`;
  return hash('sha256', text, 'base64url').slice(0, ID_LENGTH);
}

/** The ids of the scopes that a token belongs to. */
export function scopesOf({
  purpose = null,
  subject = null,
}: Pick<ScopedClaims, 'purpose' | 'subject'>): string[] {
  const scopes: RevocationScope[] = [];
  if (purpose !== null) scopes.push({ purpose, subject: null });
  if (subject !== null) scopes.push({ purpose: null, subject });
  if (purpose !== null && subject !== null) scopes.push({ purpose, subject });
  return scopes.map(idOf);
}

/** Since when a token belongs to its scopes, in Unix milliseconds; undefined where it belongs to none. */
export function scopedSince({ purpose, subject, issuedAt }: ScopedClaims): number | undefined {
  if ((purpose ?? null) === null && (subject ?? null) === null) return undefined;
  // Of a token without a time of issue, whatever was revoked came later.
  return issuedAt?.getTime() ?? 0;
}

/** The scopes that a token belongs to, and since when; undefined where it belongs to none. */
export function issuanceOf(token: ScopedClaims): Issuance | undefined {
  const at = scopedSince(token);
  return at === undefined ? undefined : { at, scopes: scopesOf(token) };
}
