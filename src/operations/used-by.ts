import { type Duration, durationOption } from '../common/duration.js';
import { TempIDConfigurationError } from '../common/errors.js';
import type { OptionRules } from '../common/options.js';
import type { ConsumeOptions } from '../stores/tempid-store.js';
import type { UsedBy } from '../stores/used-by.js';
import { LAST_MOMENT } from '../token/claims.js';

/** By whom a token is used, beside what else `use` takes. */
export interface UseByOptions {
  /**
   * Who uses the token, such as a user's id: 1 to 255 characters. Each has at most one use of it, and is refused
   * another time. A token without a use limit can be used by any number of people, once by each.
   */
  by?: string;
  /**
   * With `by`: how long after their use the same one is let through again, without spending another; true: as long
   * as the token lives. Default: not at all.
   */
  repeat?: Duration | true;
}

/** What `usedBy` takes. */
export interface UsedByOptions {
  /** How many at most, from 1 to 1,000. Default: 100. */
  limit?: number;
  /** `next` of the page before. Default: the first page. */
  after?: string | undefined;
}

/** A page of those who used a token, oldest first. */
export interface UsedByPage {
  readonly items: readonly UsedBy[];
  /** What `after` takes for the page that follows; null: this is the last one. */
  readonly next: string | null;
}

const MAX_BY_LENGTH = 255;
const MAX_LIMIT = 1_000;

/** How they are read. */
export const USE_BY_RULES = {
  by: { parse: parseBy },
  repeat: { parse: parseRepeat },
} as const satisfies OptionRules<UseByOptions>;

export const USED_BY_RULES = {
  limit: { parse: parseLimit, default: 100 },
  after: { parse: parseCursor, missing: 'default' },
} as const satisfies OptionRules<UsedByOptions>;

/** Whether it can name somebody: no database keeps NUL in a text, or half of a surrogate pair. */
export function isBy(value: unknown): value is string {
  if (typeof value !== 'string' || value === '' || value.length > MAX_BY_LENGTH) return false;
  return value.isWellFormed() && !value.includes('\0');
}

/** @throws {@link TempIDConfigurationError} for what can name nobody */
export function parseBy(by: unknown): string {
  if (isBy(by)) return by;
  throw new TempIDConfigurationError(
    `'by' must be a string of 1 to ${MAX_BY_LENGTH} characters, of well-formed Unicode and without NUL.`,
  );
}

/**
 * Seconds, or true.
 *
 * @throws {@link TempIDConfigurationError} for what is neither true nor a duration over 0
 */
export function parseRepeat(repeat: unknown, option: string): number | true {
  return repeat === true ? true : durationOption({ min: '1s' })(repeat, option);
}

/**
 * By whom a token is used, in the terms of the store.
 *
 * @throws {@link TempIDConfigurationError} for an option that is wrong, and for `repeat` without `by`
 */
export function toConsumeBy({ by, repeat }: UseByOptions): Pick<ConsumeOptions, 'by' | 'repeat'> {
  if (by === undefined) {
    if (repeat === undefined) return {};
    throw new TempIDConfigurationError(`'repeat' needs 'by': it lets the same one through again.`);
  }
  const named = parseBy(by);
  if (repeat === undefined) return { by: named };
  const seconds = parseRepeat(repeat, 'repeat');
  return { by: named, repeat: seconds === true ? seconds : seconds * 1_000 };
}

/** @param found one more than `limit`, where there are so many */
export function toUsedByPage(found: readonly UsedBy[], limit: number): UsedByPage {
  const items = found.slice(0, limit).map(({ by, at }) => ({ by, at }));
  const last = items.at(-1);
  return { items, next: last && found.length > limit ? toCursor(last) : null };
}

function toCursor({ by, at }: UsedBy): string {
  return Buffer.from(JSON.stringify([at.getTime(), by]), 'utf8').toString('base64url');
}

/** @throws {@link TempIDConfigurationError} for what {@link toCursor} has not made */
function parseCursor(cursor: unknown, option: string): UsedBy {
  const [at, by, ...others] = contentOf(cursor);
  const isMoment = typeof at === 'number' && Math.abs(at) <= LAST_MOMENT;
  if (isMoment && isBy(by) && others.length === 0) {
    const after = { by, at: new Date(at) };
    if (toCursor(after) === cursor) return after;
  }
  throw new TempIDConfigurationError(`'${option}' must be 'next' of the page before.`);
}

function contentOf(cursor: unknown): readonly unknown[] {
  try {
    const content: unknown = JSON.parse(Buffer.from(String(cursor), 'base64url').toString('utf8'));
    return Array.isArray(content) ? content : [];
  } catch {
    return [];
  }
}

function parseLimit(limit: unknown, option: string): number {
  if (Number.isInteger(limit) && Number(limit) >= 1 && Number(limit) <= MAX_LIMIT) {
    return Number(limit);
  }
  throw new TempIDConfigurationError(`'${option}' must be a whole number from 1 to ${MAX_LIMIT}.`);
}
