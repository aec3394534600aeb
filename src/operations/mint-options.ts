import {
  asGiven,
  type NamedRules,
  oneOf,
  type OptionRules,
  parseText,
  pickOptions,
  readOptions,
  type ReadOptions,
} from '../common/options.js';
import { type Duration, durationOption } from '../common/duration.js';
import { TempIDConfigurationError } from '../common/errors.js';
import { assertMintFormat, type ResolvedOptions } from '../config/options.js';
import type { TempIDMintFormat } from '../formats/codecs.js';
import { readKindArguments } from '../kinds/kind-arguments.js';
import type { AnyTempIDKind } from '../kinds/tempid-kind.js';
import type { StoreOptions } from '../stores/tempid-store.js';
import { toBinding } from '../token/binding.js';
import { type Claims, LAST_MOMENT, parseMaxUses } from '../token/claims.js';
import { toPayload } from '../token/payload.js';
import { parseTracked } from './list-options.js';

/** The options of a new token beside its end. */
export interface CommonMintOptions<T> extends StoreOptions {
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
  /** The token does not work before this moment, or before so much time has passed. */
  notBefore?: Date | Duration;
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
  /**
   * Whether the ledger keeps that the token was issued, before it is handed out: then it can be listed, and ended by
   * its id. Default: false.
   */
  tracked?: boolean;
  /** What a tracked token is called in the list, 1 to 255 characters. It is kept in clear. */
  label?: string;
}

/** A token ends after a time or at a moment. */
export type Lifetime =
  | { /** Default: that of the module. */ expiresIn?: Duration; expiresAt?: never }
  | { expiresAt: Date; expiresIn?: never };

/** What `mint` takes. Everything is optional. */
export type MintOptions<T = null> = CommonMintOptions<T> & Lifetime;

/** How the options of `mint` are read. A payload that is undefined or null is none, as in JSON. */
export const MINT_RULES = {
  expiresIn: { parse: durationOption({ min: '1s' }) },
  expiresAt: { parse: parseMoment },
  payload: { ...asGiven<unknown>(), missing: 'default' },
  maxUses: { parse: parseMaxUses, default: 0 },
  purpose: { parse: parseText },
  subject: { parse: parseText },
  audience: { parse: parseText },
  notBefore: { parse: parseStart },
  boundTo: { parse: parseText },
  format: asGiven<TempIDMintFormat>(),
  replace: { parse: oneOf(true, false) },
  tracked: { parse: oneOf(true, false) },
  label: { parse: parseTracked },
} as const satisfies OptionRules<Omit<MintOptions, keyof StoreOptions>>;

/** The same beside a kind, which gives the rest. */
export const MINT_BESIDE_KIND = rulesBesideKind(MINT_RULES);

/** The rules without those of what a kind gives, or of what stands before the options. */
export function rulesBesideKind<Rules extends NamedRules>(rules: Rules) {
  const { payload: _1, purpose: _2, audience: _3, ...others } = rules;
  return others;
}

/** The options of `mint` after they were read: durations in seconds, moments in Unix milliseconds. */
type ReadMintOptions = ReadOptions<typeof MINT_RULES>;

/**
 * What a call that mints was given: options, or a kind, its payload and options beside it. The options are those of
 * both cases: what the kind gives is in them.
 *
 * @param call its name, for messages
 * @param rules of its options, and of those beside a kind
 * @throws TempIDConfigurationError for a kind or options that are undefined, for an option that has no rule or is
 *   wrong, and for one that the kind gives
 */
export function readMintArguments<Rules extends NamedRules>(
  call: string,
  args: readonly unknown[],
  rules: Rules,
  openRules: NamedRules,
): { readonly kind: AnyTempIDKind | null; readonly options: ReadOptions<Rules> } {
  const { kind, options } = readKindArguments(call, args, ARGUMENTS);
  if (!kind) return { kind, options: readOptions(options, rules, call) };
  const picked = pickOptions(options, openRules, `${call} of the kind '${kind.purpose}'`);
  const ofKind = withOptionsOfKind(kind, { ...picked, payload: args[1] }, rules);
  return { kind, options: readOptions(ofKind, rules, call) };
}

/** A payload may be undefined: there is none then. */
const ARGUMENTS = ['a kind or options', null, 'options beside the kind'];

const OF_KIND = ['purpose', 'audience', 'expiresIn', 'maxUses', 'tracked'] as const;

function withOptionsOfKind(
  kind: AnyTempIDKind,
  options: Record<string, unknown>,
  rules: NamedRules,
): object {
  for (const name of OF_KIND) {
    const value = kind[name];
    // Not each call that mints has all of them.
    if (value === undefined || !(name in rules)) continue;
    if (name in options || (name === 'expiresIn' && 'expiresAt' in options)) {
      throw new TempIDConfigurationError(
        `The kind '${kind.purpose}' says '${name}' for all its tokens: say it there or in mint, not in both.`,
      );
    }
    options[name] = value;
  }
  return options;
}

/**
 * The claims of a new token.
 *
 * @param now Unix milliseconds
 * @throws TempIDConfigurationError for options that do not fit each other or the module
 * @throws TempIDPayloadError, TempIDPayloadTooLargeError
 */
export function toClaims(options: ReadMintOptions, defaults: ResolvedOptions, now: number): Claims {
  const { payload, maxUses, purpose = null, subject = null, boundTo, notBefore } = options;
  if (options.format !== undefined) assertMintFormat(options.format, defaults.formats);
  assertReplaceable(options);
  assertTrackable(options, defaults);
  const expiresAt = expirySeconds(options, defaults, now);
  if (purpose !== null || subject !== null) assertRevocable(expiresAt, defaults, now);
  const hasPayload = payload !== undefined && payload !== null;
  return {
    expiresAt,
    issuedAt: now,
    notBefore: notBefore === undefined ? null : notBeforeSeconds(notBefore, expiresAt),
    maxUses,
    payload: hasPayload ? toPayload(payload, defaults.maxPayloadBytes) : null,
    purpose,
    subject,
    audience: options.audience ?? defaults.audience,
    issuer: defaults.issuer,
    binding: boundTo === undefined ? null : toBinding(boundTo),
  };
}

/** A short token is always tracked: it is nothing but the name of its row. */
function assertTrackable(
  { format, tracked, label }: ReadMintOptions,
  defaults: ResolvedOptions,
): void {
  if ((format ?? defaults.format) === 'short') {
    if (tracked === false) {
      throw new TempIDConfigurationError(`A short token is always 'tracked'.`);
    }
    if (defaults.accept.includes('short')) return;
    throw new TempIDConfigurationError(
      `A short token is verified nowhere else: name 'short' in the option 'accept' of TempIDModule, beside the other formats.`,
    );
  }
  if (label === undefined || tracked) return;
  throw new TempIDConfigurationError(
    `'label' is for the list of tokens: give 'tracked: true', too.`,
  );
}

function assertReplaceable({ replace, purpose, subject }: ReadMintOptions): void {
  if (!replace || (purpose !== undefined && subject !== undefined)) return;
  throw new TempIDConfigurationError(
    `'replace' ends the older tokens of the same purpose and subject: give 'purpose' and 'subject'.`,
  );
}

/** Whoever revokes all tokens of a subject relies on it that none outlives the revocation. */
export function assertRevocable(
  expiresAt: number,
  { maxLifetime }: ResolvedOptions,
  issuedAt: number,
): void {
  if (expiresAt <= Math.floor(issuedAt / 1_000) + maxLifetime) return;
  throw new TempIDConfigurationError(
    `A token with a purpose or a subject lives at most as long as a revocation is kept: give TempIDModule a ` +
      `'maxLifetime' that is longer, or mint with an earlier end.`,
  );
}

export function expirySeconds(
  { expiresIn, expiresAt }: Pick<ReadMintOptions, 'expiresIn' | 'expiresAt'>,
  defaults: ResolvedOptions,
  now: number,
): number {
  if (expiresAt === undefined) {
    const seconds = Math.floor(now / 1_000) + (expiresIn ?? defaults.expiresIn);
    if (seconds * 1_000 <= LAST_MOMENT) return seconds;
    throw new TempIDConfigurationError(`'expiresIn' ends after the last moment of a Date.`);
  }
  if (expiresIn !== undefined) {
    throw new TempIDConfigurationError(`Give 'expiresIn' or 'expiresAt', not both.`);
  }
  const seconds = Math.floor(expiresAt / 1_000);
  if (seconds * 1_000 > now) return seconds;
  throw new TempIDConfigurationError(`'expiresAt' is in the past, or within this second.`);
}

function notBeforeSeconds(notBefore: number, expiresAt: number): number {
  const seconds = Math.ceil(notBefore / 1_000);
  assertBegins(seconds, expiresAt);
  return seconds;
}

/** @param notBefore Unix seconds, as the expiry; null where the token works at once */
export function assertBegins(notBefore: number | null, expiresAt: number): void {
  if (notBefore === null || notBefore < expiresAt) return;
  throw new TempIDConfigurationError(`'notBefore' must come before the expiry.`);
}

/** A duration begins now. */
function parseStart(value: unknown, option: string): number {
  if (typeof value !== 'string') return parseMoment(value, option);
  return Date.now() + durationOption({ min: '1s' })(value, option) * 1_000;
}

function parseMoment(value: unknown, option: string): number {
  const moment = value instanceof Date ? value.getTime() : Number.NaN;
  if (moment >= 0 && moment <= LAST_MOMENT) return moment;
  throw new TempIDConfigurationError(`'${option}' must be a valid Date after 1970.`);
}
