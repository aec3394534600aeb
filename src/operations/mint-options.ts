import { toBinding } from '../token/binding.js';
import { type Claims, LAST_MOMENT, MAX_USES } from '../token/claims.js';
import type { TempIDMintFormat } from '../formats/index.js';
import { type Duration, durationOption } from '../common/duration.js';
import { TempIDConfigurationError } from '../common/errors.js';
import { parseText, parseOptionalText, readOptions } from '../common/validation.js';
import { assertMintFormat, type ResolvedOptions } from '../config/options.js';
import { toPayload } from '../token/payload.js';

/** What a token says beside its end. */
export interface CommonMintOptions<T> {
  /** A JSON object that the token carries, encrypted but for the format jws. */
  payload?: T;
  /** How often the token works; 0, the default: as often as one likes. */
  maxUses?: number;
  /** What the token is for. It verifies only where the same purpose is named. */
  purpose?: string;
  /** Whom the token is about, such as a user's id. */
  subject?: string;
  /** Whom the token is for. It verifies only where the same audience is named. */
  audience?: string;
  /** The token does not work before this moment. */
  notBefore?: Date;
  /**
   * A value that must still be the same when the token is verified, such as the hash of the password that
   * it resets. The token holds a hash of it.
   */
  boundTo?: string;
  /** The wire format. Default: that of the module. */
  format?: TempIDMintFormat;
  /**
   * Whether the new token ends those of its purpose and subject that were minted before. It needs both, and a
   * store that keeps such revocations. Default: false.
   */
  replace?: boolean;
}

/** A token ends after a time or at a moment. */
export type Lifetime =
  | { /** Default: that of the module. */ expiresIn?: Duration; expiresAt?: never }
  | { expiresAt: Date; expiresIn?: never };

/** What `mint` takes. Everything is optional. */
export type MintOptions<T = null> = CommonMintOptions<T> & Lifetime;

const NAMES: ReadonlySet<string> = new Set<keyof MintOptions>([
  'expiresIn',
  'expiresAt',
  'payload',
  'maxUses',
  'purpose',
  'subject',
  'audience',
  'notBefore',
  'boundTo',
  'format',
  'replace',
]);

/** A payload that is undefined is none, as in JSON; it restricts nothing. */
export const PAYLOAD: ReadonlySet<string> = new Set(['payload']);

/**
 * The claims of a new token.
 *
 * @param now Unix milliseconds
 * @throws TempIDConfigurationError, TempIDPayloadError, TempIDPayloadTooLargeError for the first option that is wrong
 */
export function toClaims(
  options: MintOptions<unknown>,
  defaults: ResolvedOptions,
  now: number,
): Claims {
  return claimsOf(readOptions(options, NAMES, 'mint', PAYLOAD), defaults, now);
}

/** As {@link toClaims}, of options as `readOptions` gives them. */
export function claimsOf(
  options: MintOptions<unknown>,
  defaults: ResolvedOptions,
  now: number,
): Claims {
  if (options.format !== undefined) assertMintFormat(options.format, defaults.formats);
  assertReplaceable(options);
  const { payload, maxUses: given = 0 } = options;
  const maxUses = parseMaxUses(given);
  const expiresAt = expirySeconds(options, defaults, now);
  if (options.purpose !== undefined || options.subject !== undefined) {
    assertRevocable(expiresAt, defaults, now);
  }
  return {
    expiresAt,
    issuedAt: now,
    notBefore: notBeforeSeconds(options.notBefore, expiresAt),
    maxUses,
    payload:
      payload === undefined || payload === null
        ? null
        : toPayload(payload, defaults.maxPayloadBytes),
    purpose: parseOptionalText(options.purpose, 'purpose'),
    subject: parseOptionalText(options.subject, 'subject'),
    audience: parseOptionalText(options.audience, 'audience') ?? defaults.audience,
    issuer: defaults.issuer,
    binding: bindingOf(options),
  };
}

/** @throws {@link TempIDConfigurationError} where the value is no number of uses */
export function parseMaxUses(maxUses: number): number {
  if (Number.isInteger(maxUses) && maxUses >= 0 && maxUses <= MAX_USES) return maxUses;
  throw new TempIDConfigurationError(
    `'maxUses' must be a whole number from 0 (unlimited) to ${MAX_USES}.`,
  );
}

function assertReplaceable({ replace, purpose, subject }: MintOptions<unknown>): void {
  if (replace !== undefined && typeof replace !== 'boolean') {
    throw new TempIDConfigurationError(`'replace' must be true or false.`);
  }
  if (!replace || (purpose !== undefined && subject !== undefined)) return;
  throw new TempIDConfigurationError(
    `'replace' ends the older tokens of the same purpose and subject: give 'purpose' and 'subject'.`,
  );
}

/** Whoever revokes all tokens of a subject relies on it that none outlives the revocation. */
function assertRevocable(expiresAt: number, { maxLifetime }: ResolvedOptions, now: number): void {
  if (expiresAt <= Math.floor(now / 1_000) + maxLifetime) return;
  throw new TempIDConfigurationError(
    `A token with a purpose or a subject lives at most as long as a revocation is kept: give TempIDModule a ` +
      `'maxLifetime' that is longer, or mint with an earlier end.`,
  );
}

function expirySeconds(
  { expiresIn, expiresAt }: MintOptions<unknown>,
  defaults: ResolvedOptions,
  now: number,
): number {
  if (expiresAt === undefined) {
    const life =
      expiresIn === undefined
        ? defaults.expiresIn
        : durationOption({ min: '1s' })(expiresIn, 'expiresIn');
    const seconds = Math.floor(now / 1_000) + life;
    if (seconds * 1_000 <= LAST_MOMENT) return seconds;
    throw new TempIDConfigurationError(`'expiresIn' ends after the last moment of a Date.`);
  }
  if (expiresIn !== undefined) {
    throw new TempIDConfigurationError(`Give 'expiresIn' or 'expiresAt', not both.`);
  }
  const seconds = Math.floor(parseMoment(expiresAt, 'expiresAt') / 1_000);
  if (seconds * 1_000 > now) return seconds;
  throw new TempIDConfigurationError(`'expiresAt' is in the past, or within this second.`);
}

function notBeforeSeconds(notBefore: unknown, expiresAt: number): number | null {
  if (notBefore === undefined) return null;
  const seconds = Math.ceil(parseMoment(notBefore, 'notBefore') / 1_000);
  if (seconds < expiresAt) return seconds;
  throw new TempIDConfigurationError(`'notBefore' must come before the expiry.`);
}

function parseMoment(value: unknown, option: string): number {
  const moment = value instanceof Date ? value.getTime() : Number.NaN;
  if (moment >= 0 && moment <= LAST_MOMENT) return moment;
  throw new TempIDConfigurationError(`'${option}' must be a valid Date after 1970.`);
}

function bindingOf({ boundTo }: MintOptions<unknown>): Buffer | null {
  return boundTo === undefined ? null : toBinding(parseText(boundTo, 'boundTo'));
}
