import type { IssuedRow } from '../ledger/tempid-ledger.js';
import type { TempID } from '../token/tempid.js';
import { REVOKED_COUNT } from '../stores/tempid-store.js';
import { EXPIRED, refuseByTime } from './token-checks.js';
import { type Countable, TOO_OLD, type UseCounter, usesInfoOf } from './use-counter.js';

export const STATES = ['open', 'spent', 'revoked', 'expired', 'not-yet-valid'] as const;

/**
 * What a token is, of which the first that is true counts: revoked, alone or with all of its subject or purpose;
 * expired; spent; not valid yet; open.
 */
export type IssuedTempIDState = (typeof STATES)[number];

/** What the ledger knows of a token. Neither the token nor its payload. */
export interface IssuedTempID {
  readonly id: string;
  readonly purpose: string | null;
  readonly subject: string | null;
  readonly audience: string | null;
  readonly label: string | null;
  readonly format: string;
  readonly issuedAt: Date;
  readonly notBefore: Date | null;
  readonly expiresAt: Date;
  /** 0: as often as one likes. */
  readonly maxUses: number;
  /**
   * null where nothing is counted, and from an hour after the expiry on, when counts are removed. All are, of a token
   * that was revoked.
   */
  readonly used: number | null;
  /** As `used`; 0 of a revoked token, also of one without a use limit. */
  readonly left: number | null;
  readonly state: IssuedTempIDState;
}

/** What has uses and can be told of: a token, or its row. */
export type Tracked = TempID<unknown> | ReturnType<typeof countableOf>;

/** What has uses, by its row. */
export function countableOf({ expiresAt, issuedAt, ...row }: IssuedRow) {
  const { id, maxUses, purpose, subject, format } = row;
  return {
    id,
    maxUses,
    format,
    expiresAt: new Date(expiresAt * 1_000),
    purpose,
    subject,
    issuedAt: new Date(issuedAt),
  } satisfies Countable & { format: string };
}

/**
 * @param count what the store has counted; null where that may be gone
 * @param leeway seconds
 */
export function toIssuedTempID(
  row: IssuedRow,
  count: number | null,
  counter: UseCounter,
  leeway: number,
): IssuedTempID {
  const { sealed: _1, keepUntil: _2, notBefore, ...others } = row;
  const { total: _3, ...uses } = count === null ? UNKNOWN : usesInfoOf(row.maxUses, count);
  return {
    ...others,
    ...countableOf(row),
    notBefore: notBefore === null ? null : new Date(notBefore * 1_000),
    ...uses,
    state: stateOf(row, count, counter, leeway),
  };
}

const UNKNOWN = { total: null, used: null, left: null };

function stateOf(
  row: IssuedRow,
  count: number | null,
  counter: UseCounter,
  leeway: number,
): IssuedTempIDState {
  if (count === null) return 'expired';
  if (count >= REVOKED_COUNT) return 'revoked';
  const byTime = refuseByTime(row, Date.now(), leeway) ?? counter.refuseOutOfTime(countableOf(row));
  if (byTime === EXPIRED || byTime === TOO_OLD) return 'expired';
  if (row.maxUses > 0 && count >= row.maxUses) return 'spent';
  return byTime ? 'not-yet-valid' : 'open';
}
