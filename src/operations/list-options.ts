import { TempIDConfigurationError } from '../common/errors.js';
import { oneOf, type OptionRules, parseText, readOptions } from '../common/options.js';
import type { AnyTempIDKind } from '../kinds/tempid-kind.js';
import type { IssuedFilter, IssuedKey } from '../ledger/tempid-ledger.js';
import { LAST_MOMENT } from '../token/claims.js';
import { type IssuedTempIDState, STATES } from './issued-tempid.js';
import { parsePurpose } from './revocation/revoke-options.js';

/** What `list` takes. Everything is optional, and all that is given must be so. */
export interface ListOptions {
  /** By its name or a kind. */
  purpose?: string | AnyTempIDKind;
  subject?: string;
  label?: string;
  state?: IssuedTempIDState;
  /** How many at most, up to 1,000. Default: 50. */
  limit?: number;
  /** `next` of the page before. Default: the first page. */
  after?: string;
}

const RULES = {
  purpose: { parse: (purpose: unknown) => parseTracked(parsePurpose(purpose), 'purpose') },
  subject: { parse: parseTracked },
  label: { parse: parseTracked },
  state: { parse: oneOf(...STATES) },
  limit: { parse: parseLimit, default: 50 },
  after: { parse: parseCursor },
} as const satisfies OptionRules<ListOptions>;

/** @throws TempIDConfigurationError for an option that is wrong, undefined or null */
export function readListOptions(options: object) {
  const { state, limit, after, ...filter } = readOptions(options, RULES, 'list');
  return { filter: filter satisfies IssuedFilter, state, limit, after };
}

/** The place of a row, as `next` has it. */
export function cursorOf({ issuedAt, id }: IssuedKey): string {
  return `${issuedAt.toString(36)}.${id}`;
}

/** @throws TempIDConfigurationError where it is no text, or longer than the ledger keeps */
export function parseTracked(value: unknown, option: string): string {
  const text = parseText(value, option);
  // PostgreSQL has no text with the character NUL.
  if (text.length <= 255 && !text.includes('\0')) return text;
  throw new TempIDConfigurationError(
    `'${option}' of a token that is tracked has at most 255 characters, and none of them is NUL.`,
  );
}

/** Whether a token of the ledger may have this id. */
export function isId(value: unknown): value is string {
  return typeof value === 'string' && /^[\w-]{1,64}$/.test(value);
}

function parseLimit(limit: unknown): number {
  if (Number.isInteger(limit) && Number(limit) >= 1 && Number(limit) <= 1_000) return Number(limit);
  throw new TempIDConfigurationError(`'limit' must be a whole number from 1 to 1,000.`);
}

function parseCursor(cursor: unknown): IssuedKey {
  const [moment = '', id, ...rest] = typeof cursor === 'string' ? cursor.split('.', 3) : [];
  const issuedAt = /^[\da-z]{1,11}$/.test(moment) ? Number.parseInt(moment, 36) : Number.NaN;
  if (issuedAt <= LAST_MOMENT && isId(id) && rest.length === 0) return { issuedAt, id };
  throw new TempIDConfigurationError(`'after' must be the 'next' of a page.`);
}
