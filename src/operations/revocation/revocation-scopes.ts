import { hash } from 'node:crypto';
import type { Issue } from '../../stores/tempid-store.js';

/** As long as the id of a V3 token: 24 bytes in base64url. */
const ID_LENGTH = 32;

/** What a token says of itself that makes it one of a group. */
export interface Member {
  readonly purpose?: string | null;
  readonly subject?: string | null;
  readonly issuedAt?: Date | null;
}

/** The tokens of a purpose, those of a subject, or those of a subject with one purpose. */
export type Group =
  | { readonly purpose: string; readonly subject: null }
  | { readonly purpose: string | null; readonly subject: string };

/**
 * What a store knows a group by. It needs no key: it must be the same in every process, whatever secrets it knows
 * at the moment, since a revocation that one process cannot find lets a token through.
 */
export function idOf({ purpose, subject }: Group): string {
  const text = `nestjs-tempid group\0${JSON.stringify([purpose, subject])}`;
  return hash('sha256', text, 'base64url').slice(0, ID_LENGTH);
}

/** The ids of the groups that a token belongs to. */
export function groupsOf({
  purpose = null,
  subject = null,
}: Pick<Member, 'purpose' | 'subject'>): string[] {
  const groups: Group[] = [];
  if (purpose !== null) groups.push({ purpose, subject: null });
  if (subject !== null) groups.push({ purpose: null, subject });
  if (purpose !== null && subject !== null) groups.push({ purpose, subject });
  return groups.map(idOf);
}

/** Since when a token belongs to its groups, in Unix milliseconds; undefined where it belongs to none. */
export function memberSince({ purpose, subject, issuedAt }: Member): number | undefined {
  if ((purpose ?? null) === null && (subject ?? null) === null) return undefined;
  // Of a token that does not say when it was issued, whatever was revoked came later.
  return issuedAt?.getTime() ?? 0;
}

/** The groups that a token belongs to, and since when; undefined where it belongs to none. */
export function issueOf(member: Member): Issue | undefined {
  const at = memberSince(member);
  return at === undefined ? undefined : { at, groups: groupsOf(member) };
}
