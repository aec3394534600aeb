import type { TempIDWireFormat } from '../formats/codec.js';
import { formatNames, type TempIDFormat, type TempIDMintFormat } from '../formats/index.js';
import { type Duration, durationInSeconds } from '../common/duration.js';
import { TempIDConfigurationError } from '../common/errors.js';
import { parseOptionalText, readOptions } from '../common/validation.js';
import {
  DEFAULT_EXTRACTORS,
  parseExtractors,
  type TempIDExtractor,
} from '../requests/extractors.js';
import type { SecretSource } from '../keys/secret-provider.js';
import { parseLinkPage, type LinkPageOptions } from '../links/link-options.js';

/** What `TempIDModule.forRoot` and the factory of `forRootAsync` take. Every option has a default. */
export interface TempIDModuleOptions {
  /**
   * The secrets, newest first: the first mints, all verify; or a SecretProvider, which is asked for them again
   * and again. By default the environment's TEMPID_SECRET.
   */
  secret?: SecretSource | undefined;
  /** The format that `mint` writes. Default: 'v3'. */
  format?: TempIDMintFormat | undefined;
  /** The formats that `verify` reads. Default: only `format`. */
  accept?: readonly TempIDFormat[] | undefined;
  /** Further formats that `format` and `accept` may name: `jws()` and `jwe()` of nestjs-tempid/jwt. Default: none. */
  formats?: readonly TempIDWireFormat[] | undefined;
  /** Minted into every token, and asked of every token. */
  issuer?: string;
  /** Minted into every token, and asked of every token, unless a call names another. */
  audience?: string;
  /** How far the clocks of two machines may differ, at most '1h'. Default: '0s'. */
  leeway?: Duration | undefined;
  /** How long a token works unless `mint` says otherwise. Default: '10m'. */
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
  /** How the pages of `@TempIDLink` look: the application's name, texts, a template. */
  linkPage?: LinkPageOptions | undefined;
}

/** The options with their defaults, validated, and without the secrets. Durations are seconds. */
export interface ResolvedOptions {
  readonly format: TempIDMintFormat;
  readonly accept: readonly TempIDFormat[];
  readonly formats: readonly TempIDWireFormat[];
  readonly issuer: string | null;
  readonly audience: string | null;
  readonly leeway: number;
  readonly expiresIn: number;
  readonly maxPayloadBytes: number;
  readonly extract: readonly TempIDExtractor[];
  readonly purgeInterval: number | null;
  readonly storeTimeout: number;
  readonly revocation: 'on-use' | 'always';
  readonly revocationCacheTtl: number;
  readonly maxLifetime: number;
  readonly linkPage: LinkPageOptions;
}

const NAMES: ReadonlySet<string> = new Set<keyof TempIDModuleOptions>([
  'secret',
  'format',
  'accept',
  'formats',
  'issuer',
  'audience',
  'leeway',
  'expiresIn',
  'maxPayloadBytes',
  'extract',
  'purgeInterval',
  'storeTimeout',
  'revocation',
  'revocationCacheTtl',
  'maxLifetime',
  'linkPage',
]);

/** They are given beside the factory, which cannot know them early enough. */
const EXTRAS = ['store', 'isGlobal'];

const ROOT_NAMES: ReadonlySet<string> = new Set([...NAMES, ...EXTRAS]);

/** Without one of them more tokens pass, or from more places, or their uses are counted elsewhere. */
const RESTRICTING: ReadonlySet<string> = new Set([
  'issuer',
  'audience',
  'extract',
  'revocation',
  'store',
]);

/** A configuration that has no value for one of these leaves its default. */
const MAY_BE_MISSING: ReadonlySet<string> = new Set(
  [...ROOT_NAMES].filter((name) => !RESTRICTING.has(name)),
);

/**
 * What `forRoot` was given.
 *
 * @throws {@link TempIDConfigurationError} for an option that is not there, or is undefined or null and must not be
 */
export function readRootOptions<Options extends object>(options: Options): Options {
  return readOptions(options, ROOT_NAMES, 'TempIDModule', MAY_BE_MISSING);
}

/** @throws {@link TempIDConfigurationError} for the first option that is wrong */
export function resolveOptions(given: TempIDModuleOptions): ResolvedOptions {
  refuseExtras(given);
  const options = readOptions(given, NAMES, 'TempIDModule', MAY_BE_MISSING);
  const format = options.format ?? 'v3';
  const accept = options.accept ?? [format];
  if (!Array.isArray(accept) || accept.length === 0) {
    throw new TempIDConfigurationError(`'accept' must be a list of formats, such as ['v3', 'v2'].`);
  }
  const formats = parseWireFormats(options.formats ?? []);
  assertMintFormat(format, formats);
  for (const name of accept) assertFormat(name, 'accept', formats);
  const issuer = parseOptionalText(options.issuer, 'issuer');
  const audience = parseOptionalText(options.audience, 'audience');
  if (format === 'v2' && (issuer !== null || audience !== null)) {
    throw new TempIDConfigurationError(
      `The format v2 carries neither 'issuer' nor 'audience': leave them out, or use the format v3.`,
    );
  }
  const { maxPayloadBytes = 1_024, extract = DEFAULT_EXTRACTORS } = options;
  const { purgeInterval = '10m', storeTimeout = '2s' } = options;
  if (!Number.isSafeInteger(maxPayloadBytes) || maxPayloadBytes < 1) {
    throw new TempIDConfigurationError(`'maxPayloadBytes' must be a whole number over 0.`);
  }
  return {
    format,
    accept,
    formats,
    issuer,
    audience,
    leeway: atMost('1h', durationInSeconds(options.leeway ?? '0s', `'leeway'`), `'leeway'`),
    expiresIn: atLeastOneSecond(options.expiresIn ?? '10m', `'expiresIn'`),
    maxPayloadBytes,
    extract: parseExtractors(extract, 'extract'),
    purgeInterval:
      purgeInterval === false
        ? null
        : atMost('24d', atLeastOneSecond(purgeInterval, `'purgeInterval'`), `'purgeInterval'`),
    storeTimeout: atMost('1m', atLeastOneSecond(storeTimeout, `'storeTimeout'`), `'storeTimeout'`),
    ...parseRevocation(options),
    linkPage: parseLinkPage(options.linkPage ?? {}, 'linkPage'),
  };
}

function parseRevocation({
  revocation = 'on-use',
  revocationCacheTtl,
  maxLifetime = '366d',
}: TempIDModuleOptions): Pick<
  ResolvedOptions,
  'revocation' | 'revocationCacheTtl' | 'maxLifetime'
> {
  if (revocation !== 'on-use' && revocation !== 'always') {
    throw new TempIDConfigurationError(`'revocation' must be 'on-use' or 'always'.`);
  }
  if (revocation === 'on-use' && revocationCacheTtl !== undefined) {
    throw new TempIDConfigurationError(
      `'revocationCacheTtl' is for revocation: 'always'; a use asks the store every time.`,
    );
  }
  const option = `'revocationCacheTtl'`;
  return {
    revocation,
    revocationCacheTtl: atMost('1h', durationInSeconds(revocationCacheTtl ?? '0s', option), option),
    maxLifetime: atLeastOneSecond(maxLifetime, `'maxLifetime'`),
  };
}

function refuseExtras(options: object): void {
  for (const name of EXTRAS) {
    if (name in Object(options)) {
      throw new TempIDConfigurationError(
        `Give '${name}' to forRootAsync itself, beside useFactory.`,
      );
    }
  }
}

function isWireFormat(format: unknown): boolean {
  const { name, createCodec } = Object(format) as Partial<TempIDWireFormat>;
  return typeof createCodec === 'function' && (name === 'jws' || name === 'jwe');
}

function parseWireFormats(formats: unknown): readonly TempIDWireFormat[] {
  const isList = Array.isArray(formats) && formats.every(isWireFormat);
  if (!isList) {
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

function atMost(limit: Duration, seconds: number, option: string): number {
  if (seconds <= durationInSeconds(limit, option)) return seconds;
  throw new TempIDConfigurationError(`${option} must be at most '${limit}'.`);
}

/** Seconds of a duration that is over zero. */
export function atLeastOneSecond(value: unknown, option: string): number {
  const seconds = durationInSeconds(value, option);
  if (seconds > 0) return seconds;
  throw new TempIDConfigurationError(`${option} must be at least '1s'.`);
}
