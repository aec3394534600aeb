import type { TempIDWireFormat } from '../formats/codec.js';
import { formatNames, type TempIDFormat, type TempIDMintFormat } from '../formats/codecs.js';
import { type Duration, durationOption } from '../common/duration.js';
import { TempIDConfigurationError } from '../common/errors.js';
import {
  asGiven,
  oneOf,
  type OptionRules,
  parseText,
  pickOptions,
  readOptions,
  type ReadOptions,
} from '../common/options.js';
import {
  DEFAULT_EXTRACTORS,
  parseExtractors,
  type TempIDExtractor,
} from '../requests/extractors.js';
import type { TempIDLedgerOption } from '../ledger/tempid-ledger.js';
import type { TempIDStoreOption } from '../stores/tempid-store.js';
import type { SecretSource } from '../keys/secret-provider.js';
import { type LinkPageOptions, parseLinkPage } from '../pages/link-page-options.js';

/** What `TempIDModule.forRoot` and the factory of `forRootAsync` take. Every option has a default. */
export interface TempIDModuleOptions {
  /**
   * The secrets, newest first: the first mints, all verify; or a SecretProvider, which loads them again
   * and again. By default the environment's TEMPID_SECRET.
   */
  secret?: SecretSource | undefined;
  /** The format that `mint` writes. Default: 'v3'. */
  format?: TempIDMintFormat | undefined;
  /** The formats that `verify` reads. Default: only `format`. */
  accept?: readonly TempIDFormat[] | undefined;
  /** Further formats that `format` and `accept` may name: `jws()` and `jwe()` of nestjs-tempid/jwt. Default: none. */
  formats?: readonly TempIDWireFormat[] | undefined;
  /** Minted into every token, and required of every token. */
  issuer?: string;
  /** Minted into every token, and required of every token, unless a call names another. */
  audience?: string;
  /** How far the clocks of two machines may differ, at most '1h'. Default: '0s'. */
  leeway?: Duration | undefined;
  /** How long a token works where `mint` gives no end. Default: '10m'. */
  expiresIn?: Duration | undefined;
  /** The longest payload that `mint` accepts, in bytes of JSON in UTF-8. Default: 1024. */
  maxPayloadBytes?: number | undefined;
  /** Where the guard looks for a token, in this order. Default: query, X-Token, Bearer, body, route parameter. */
  extract?: TempIDExtractor | readonly TempIDExtractor[];
  /** How often expired counts are removed from the store; false: never by this module. At most '24d'. Default: '10m'. */
  purgeInterval?: Duration | false | undefined;
  /** How long a store may take to answer before it counts as unavailable, at most '1m'. Default: '2s'. */
  storeTimeout?: Duration | undefined;
  /**
   * When the store is asked whether a token was revoked, alone or with all of its subject or purpose: by `use`,
   * `checkUses` and `consume` only, or `'always'`, by every verification. Default: 'on-use'.
   */
  revocation?: 'on-use' | 'always';
  /**
   * With revocation `'always'`: how old the store's answer may be, at most '1h'; what this process revokes it sees
   * at once. Default: '0s', each verification asks.
   */
  revocationCacheTtl?: Duration | undefined;
  /**
   * The longest life of a token that has a purpose or a subject; a revocation of all of a subject or a purpose is
   * kept for so long. Default: '366d'.
   */
  maxLifetime?: Duration | undefined;
  /** How long the ledger keeps a token that was minted `tracked` after its expiry. Default: '30d'. */
  keepIssued?: Duration | undefined;
  /** How the pages of `@TempIDLink` look: the application's name, texts, a template. */
  linkPage?: LinkPageOptions | undefined;
}

/** What is given to `forRoot` and `forRootAsync` beside the options, because modules are wired before options are known. */
export interface TempIDModuleExtras {
  /** Where uses are counted. Default: MemoryTempIDStore. */
  store?: TempIDStoreOption;
  /** Where it is kept which tokens were issued that are `tracked`. Default: MemoryTempIDLedger. */
  ledger?: TempIDLedgerOption;
  /** Whether every module may inject TempIDService without importing this one. Default: false. */
  isGlobal?: boolean | undefined;
}

/**
 * How the options are read. A configuration that has no value for one leaves its default, but for those without which
 * more tokens pass, or from more places.
 */
const RULES = {
  secret: { ...asGiven<SecretSource | null>(), missing: 'default' },
  format: { ...asGiven<TempIDMintFormat>(), default: 'v3', missing: 'default' },
  accept: { parse: parseAccept, missing: 'default' },
  formats: { parse: parseWireFormats, default: [], missing: 'default' },
  issuer: { parse: parseText },
  audience: { parse: parseText },
  leeway: { parse: durationOption({ max: '1h' }), default: '0s', missing: 'default' },
  expiresIn: { parse: durationOption({ min: '1s' }), default: '10m', missing: 'default' },
  maxPayloadBytes: { parse: parsePayloadBytes, default: 1_024, missing: 'default' },
  extract: { parse: parseExtractors, default: DEFAULT_EXTRACTORS },
  purgeInterval: { parse: parsePurgeInterval, default: '10m', missing: 'default' },
  storeTimeout: {
    parse: durationOption({ min: '1s', max: '1m' }),
    default: '2s',
    missing: 'default',
  },
  revocation: { parse: oneOf('on-use', 'always'), default: 'on-use' },
  revocationCacheTtl: { parse: durationOption({ max: '1h' }), missing: 'default' },
  maxLifetime: { parse: durationOption({ min: '1s' }), default: '366d', missing: 'default' },
  keepIssued: { parse: durationOption(), default: '30d', missing: 'default' },
  linkPage: {
    parse: (value, option) => parseLinkPage(value as LinkPageOptions, option),
    default: {},
    missing: 'default',
  },
} as const satisfies OptionRules<TempIDModuleOptions>;

/** They are given beside the factory, which cannot know them early enough. */
export const EXTRAS_RULES = {
  store: asGiven<TempIDStoreOption>(),
  ledger: asGiven<TempIDLedgerOption>(),
  isGlobal: { ...asGiven<boolean>(), missing: 'default' },
} as const satisfies OptionRules<TempIDModuleExtras>;

/** The options with their defaults, validated, and without the secrets. Durations are seconds. */
export interface ResolvedOptions extends Omit<
  ReadOptions<typeof RULES>,
  'secret' | 'issuer' | 'audience'
> {
  readonly accept: readonly TempIDFormat[];
  readonly issuer: string | null;
  readonly audience: string | null;
  readonly revocationCacheTtl: number;
}

/**
 * What `forRoot` was given.
 *
 * @throws {@link TempIDConfigurationError} for an option that is not there, or is undefined or null and must not be
 */
export function pickRootOptions<Options extends object>(options: Options): Options {
  return pickOptions(options, { ...RULES, ...EXTRAS_RULES }, 'TempIDModule');
}

/** @throws {@link TempIDConfigurationError} for the first option that is wrong */
export function resolveOptions(moduleOptions: TempIDModuleOptions): ResolvedOptions {
  for (const name of Object.keys(EXTRAS_RULES)) {
    if (!(name in Object(moduleOptions))) continue;
    throw new TempIDConfigurationError(`Give '${name}' to forRootAsync itself, beside useFactory.`);
  }
  const { secret: _, ...options } = readOptions(moduleOptions, RULES, 'TempIDModule');
  const { format, formats, issuer = null, audience = null, revocation } = options;
  const { accept = [format], revocationCacheTtl } = options;
  assertMintFormat(format, formats);
  for (const name of accept) assertFormat(name, 'accept', formats);
  if (format === 'v2' && (issuer !== null || audience !== null)) {
    throw new TempIDConfigurationError(
      `The format v2 carries neither 'issuer' nor 'audience': leave them out, or use the format v3.`,
    );
  }
  if (revocation === 'on-use' && revocationCacheTtl !== undefined) {
    throw new TempIDConfigurationError(
      `'revocationCacheTtl' is for revocation: 'always'; a use asks the store every time.`,
    );
  }
  return { ...options, accept, issuer, audience, revocationCacheTtl: revocationCacheTtl ?? 0 };
}

function parseAccept(accept: unknown): readonly TempIDFormat[] {
  if (Array.isArray(accept) && accept.length > 0) return accept as readonly TempIDFormat[];
  throw new TempIDConfigurationError(`'accept' must be a list of formats, such as ['v3', 'v2'].`);
}

function parsePayloadBytes(bytes: unknown): number {
  if (Number.isSafeInteger(bytes) && Number(bytes) >= 1) return Number(bytes);
  throw new TempIDConfigurationError(`'maxPayloadBytes' must be a whole number over 0.`);
}

/** Seconds; null: never. */
function parsePurgeInterval(interval: unknown, option: string): number | null {
  return interval === false ? null : durationOption({ min: '1s', max: '24d' })(interval, option);
}

function isWireFormat(format: unknown): boolean {
  const { name, createCodec } = Object(format) as Partial<TempIDWireFormat>;
  return typeof createCodec === 'function' && (name === 'jws' || name === 'jwe');
}

function parseWireFormats(formats: unknown): readonly TempIDWireFormat[] {
  if (!Array.isArray(formats) || !formats.every(isWireFormat)) {
    throw new TempIDConfigurationError(
      `'formats' must be a list of what jws() and jwe() of nestjs-tempid/jwt return.`,
    );
  }
  const list = formats as readonly TempIDWireFormat[];
  if (new Set(list.map(({ name }) => name)).size === list.length) return list;
  throw new TempIDConfigurationError(`'formats' has two formats of one name.`);
}

/** @throws {@link TempIDConfigurationError} where the name is no format */
function assertFormat(
  name: unknown,
  option: string,
  further: readonly TempIDWireFormat[],
): asserts name is TempIDFormat {
  const names = formatNames('read', further);
  if (typeof name === 'string' && names.includes(name)) return;
  if (name === 'jws' || name === 'jwe') {
    throw new TempIDConfigurationError(
      `'${option}' names ${name}: give TempIDModule the option formats: [${name}()], from nestjs-tempid/jwt.`,
    );
  }
  throw new TempIDConfigurationError(
    `'${option}' names a format that is not known; the formats are ${names.join(', ')}.`,
  );
}

/** @throws {@link TempIDConfigurationError} where the name is no format, or one that is only read */
export function assertMintFormat(
  name: unknown,
  further: readonly TempIDWireFormat[],
): asserts name is TempIDMintFormat {
  assertFormat(name, 'format', further);
  const names = formatNames('minted', further);
  if (names.includes(name)) return;
  throw new TempIDConfigurationError(
    `'format' names ${name}, which is only read, where 'accept' names it; ` +
      `the formats that are minted are ${names.join(', ')}.`,
  );
}
