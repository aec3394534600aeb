import { toBinding } from './binding.js';
import type { Claims } from './claims.js';
import type { TempIDFormat } from './codecs/index.js';
import { MAX_USES } from './codecs/v3-claims.js';
import type { Duration } from './duration.js';
import { TempIDConfigurationError } from './errors.js';
import { atLeastOneSecond, expectFormat, type ResolvedOptions } from './options.js';
import { toPayload } from './payload.js';

interface CommonMintOptions<T> {
  /** A JSON object that the token carries, encrypted. */
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
   * it resets. The token holds a hash of it, encrypted.
   */
  boundTo?: string;
  /** The wire format. Default: that of the module. */
  format?: TempIDFormat;
}

/** What `mint` takes: everything is optional, and a token ends after a time or at a moment. */
export type MintOptions<T = null> = CommonMintOptions<T> &
  (
    | { /** Default: that of the module. */ expiresIn?: Duration; expiresAt?: never }
    | { expiresAt: Date; expiresIn?: never }
  );

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
]);
/** The last moment that a Date can hold, in milliseconds. */
const LAST_MOMENT = 8_640_000_000_000_000;

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
  for (const name of Object.keys(options)) {
    if (!NAMES.has(name)) {
      throw new TempIDConfigurationError(
        `mint has no option '${name}'. Its options are ${[...NAMES].join(', ')}.`,
      );
    }
  }
  if (options.format !== undefined) expectFormat(options.format, 'format');
  const { payload, maxUses = 0 } = options;
  if (!Number.isInteger(maxUses) || maxUses < 0 || maxUses > MAX_USES) {
    throw new TempIDConfigurationError(
      `'maxUses' must be a whole number from 0 (unlimited) to ${MAX_USES}.`,
    );
  }
  const expiresAt = expirySeconds(options, defaults, now);
  return {
    expiresAt,
    issuedAt: now,
    notBefore: notBeforeSeconds(options.notBefore, expiresAt),
    maxUses,
    payload:
      payload === undefined || payload === null
        ? null
        : toPayload(payload, defaults.maxPayloadBytes),
    purpose: optionalText(options, 'purpose'),
    subject: optionalText(options, 'subject'),
    audience: optionalText(options, 'audience') ?? defaults.audience,
    issuer: defaults.issuer,
    binding: bindingOf(options),
  };
}

function expirySeconds(
  { expiresIn, expiresAt }: MintOptions<unknown>,
  defaults: ResolvedOptions,
  now: number,
): number {
  if (expiresAt === undefined) {
    const life =
      expiresIn === undefined ? defaults.expiresIn : atLeastOneSecond(expiresIn, `'expiresIn'`);
    const seconds = Math.floor(now / 1_000) + life;
    if (seconds * 1_000 <= LAST_MOMENT) return seconds;
    throw new TempIDConfigurationError(`'expiresIn' ends after the last moment of a Date.`);
  }
  if (expiresIn !== undefined) {
    throw new TempIDConfigurationError(`Give 'expiresIn' or 'expiresAt', not both.`);
  }
  const seconds = Math.floor(expectMoment(expiresAt, 'expiresAt') / 1_000);
  if (seconds * 1_000 > now) return seconds;
  throw new TempIDConfigurationError(`'expiresAt' is in the past, or within this second.`);
}

function notBeforeSeconds(notBefore: unknown, expiresAt: number): number | null {
  if (notBefore === undefined) return null;
  const seconds = Math.ceil(expectMoment(notBefore, 'notBefore') / 1_000);
  if (seconds < expiresAt) return seconds;
  throw new TempIDConfigurationError(`'notBefore' must come before the expiry.`);
}

function expectMoment(value: unknown, option: string): number {
  const moment = value instanceof Date ? value.getTime() : Number.NaN;
  if (moment >= 0 && moment <= LAST_MOMENT) return moment;
  throw new TempIDConfigurationError(`'${option}' must be a valid Date after 1970.`);
}

function optionalText(
  options: MintOptions<unknown>,
  name: 'purpose' | 'subject' | 'audience',
): string | null {
  const value: unknown = options[name];
  return value === undefined ? null : expectText(value, name);
}

/** A binding that is named and undefined is a mistake, which would make a token that is bound to nothing. */
function bindingOf(options: MintOptions<unknown>): Buffer | null {
  return Object.hasOwn(options, 'boundTo')
    ? toBinding(expectText(options.boundTo, 'boundTo'))
    : null;
}

function expectText(value: unknown, option: string): string {
  if (typeof value === 'string' && value !== '' && value.isWellFormed()) return value;
  const got = value === '' ? 'an empty one' : typeof value;
  throw new TempIDConfigurationError(`'${option}' must be a string that is not empty; got ${got}.`);
}
