import type { JsonObject } from './claims.js';

/**
 * What a token says in the clear, which anybody can write: to look at, such as in a log or a tool, and to decide nothing
 * by. No call takes it for a token.
 */
export interface UnverifiedTempID {
  readonly format: string;
  /** The key that the token names; null where it names none. */
  readonly kid: string | null;
  /** Of the formats v2 and jws, where it has a sensible one; otherwise it is encrypted, and null. */
  readonly expiresAt: Date | null;
  /** As `expiresAt`. 0: as often as one likes. */
  readonly maxUses: number | null;
  /** The header of a JWT. */
  readonly header: JsonObject | null;
  /** The claims of the format jws, as they stand there. */
  readonly claims: JsonObject | null;
}

const NOTHING = { kid: null, expiresAt: null, maxUses: null, header: null, claims: null } as const;

export function toUnverified(
  said: Pick<UnverifiedTempID, 'format'> & Partial<UnverifiedTempID>,
): UnverifiedTempID {
  return Object.freeze({ ...NOTHING, ...said });
}
