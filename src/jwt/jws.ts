import type { TempIDWireFormat } from '../formats/codec.js';
import { TempIDConfigurationError } from '../common/errors.js';
import { assertGiven, parseOptionalText, readOptions } from '../common/validation.js';
import type { Keyring } from '../keys/keyring.js';
import { parseMaxUses } from '../token/claims.js';
import {
  isHmacAlgorithm,
  isJwsAlgorithm,
  JWS_ALGORITHMS,
  type JwsAlgorithm,
  SECRET_BYTES,
} from './algorithms.js';
import { CLAIM_LAYOUTS } from './claim-layout.js';
import type { ClaimRules } from './claims-json.js';
import { DerivedKeys } from './derived-keys.js';
import { keysFromEnvironment } from './environment-keys.js';
import { type JwtHeader, own } from './header.js';
import { JWS_ENVELOPE } from './jws.envelope.js';
import { JwtCodec } from './jwt.codec.js';
import type { JwtKeys } from './jwt-keys.js';
import type { JwsKeyOption, JwtKeyProvider } from './key-options.js';
import { HEADER_OPTIONS, type HeaderOptions, MintedHeader } from './minted-header.js';
import { OwnKeys } from './own-keys.js';
import { readJwsKeys } from './read-keys.js';
import { hashedIds, prefixedIds } from './token-id.js';

/** What {@link jws} takes. */
export interface JwsOptions extends HeaderOptions {
  /** Default: that of the first key; HS256 without keys. */
  alg?: JwsAlgorithm;
  /**
   * The keys, newest first: the first signs, all verify; or a provider of them. Without, HS256, HS384 and HS512
   * have a key derived from each secret of the module, and the others have the keys of the environment
   * (`keysFromEnvironment`).
   */
  keys?: readonly JwsKeyOption[] | JwtKeyProvider;
  /**
   * The `kid` of the key, one of `keys`, of tokens that name none: those of an issuer that has only one. Default:
   * such tokens are refused.
   */
  defaultKid?: string;
  /**
   * Where the payload is: in the claim `ext`, the default; or at the top level, where each of its properties is a
   * claim, and each claim that is not ours one of its properties.
   */
  claims?: 'ext' | 'top-level';
  /** How often a token works that has no `max_uses`, minted or read. Default: as often as one likes. */
  maxUses?: number;
  /**
   * A store knows a token by this and its `jti`, as another service does that counts in the same store: at most
   * 32 letters, digits, '.', '_', '-' and ':', with ':' at the end. Default: by a hash of the key's name, the
   * issuer and the `jti`, so that no key can name the token of another. Take it where all keys are of one issuer.
   */
  jtiPrefix?: string;
}

const NAMES: ReadonlySet<string> = new Set<keyof JwsOptions>([
  'alg',
  'keys',
  'defaultKid',
  'claims',
  'maxUses',
  'jtiPrefix',
  ...HEADER_OPTIONS,
]);

/**
 * The format `jws`: signed JWTs, which any JWT library reads, and which anybody can read who has one.
 *
 * @throws TempIDConfigurationError for an option that is wrong; for keys that are wrong at the start
 * @example
 * TempIDModule.forRoot({ formats: [jws({ alg: 'EdDSA' })], format: 'jws', accept: ['jws', 'v3'] })
 */
export function jws(...args: [options?: JwsOptions]): TempIDWireFormat {
  assertGiven(args, 'jws', ['options']);
  const [given = {}] = args;
  const options = readOptions(given, NAMES, 'jws');
  const { alg, keys } = options;
  if (alg !== undefined && !isJwsAlgorithm(alg)) {
    throw new TempIDConfigurationError(`'alg' of jws must be one of ${JWS_ALGORITHMS.join(', ')}.`);
  }
  const header = new MintedHeader(options, 'jws');
  const defaultKid = parseOptionalText(options.defaultKid, 'defaultKid') ?? undefined;
  const rules = { ...header.rules(isSupported), defaultKid };
  const claimRules = toClaimRules(options);
  return {
    name: 'jws',
    createCodec(keyring) {
      const usable = toKeys(alg, keys, keyring);
      if (defaultKid !== undefined) assertKey(usable, defaultKid);
      return new JwtCodec(JWS_ENVELOPE, usable, header, rules, claimRules);
    },
  };
}

function isSupported(header: JwtHeader): boolean {
  return isJwsAlgorithm(own(header, 'alg')) && !Object.hasOwn(header, 'enc');
}

function toClaimRules(options: JwsOptions): ClaimRules {
  const { claims = 'ext', maxUses = 0, jtiPrefix } = options;
  if (!Object.hasOwn(CLAIM_LAYOUTS, claims)) {
    throw new TempIDConfigurationError(`'claims' of jws must be 'ext' or 'top-level'.`);
  }
  return {
    layout: CLAIM_LAYOUTS[claims],
    maxUses: parseMaxUses(maxUses),
    ids: jtiPrefix === undefined ? hashedIds('jws') : prefixedIds(jtiPrefix),
  };
}

/** A provider is asked later, and may have the key by then. One that has ended was there. */
function assertKey(keys: JwtKeys, defaultKid: string): void {
  if (keys.changing || keys.report().some(({ kid }) => kid === defaultKid)) return;
  throw new TempIDConfigurationError(`'defaultKid' of jws names none of its 'keys'.`);
}

function toKeys(
  alg: JwsAlgorithm | undefined,
  keys: JwsOptions['keys'],
  keyring: Keyring,
): JwtKeys {
  if (keys === undefined && (alg === undefined || isHmacAlgorithm(alg))) {
    const hmac = alg ?? 'HS256';
    return new DerivedKeys(keyring, hmac, `tempid jws ${hmac}`, SECRET_BYTES[hmac]);
  }
  const source = keys === undefined ? keysFromEnvironment() : keys;
  return new OwnKeys('jws', source, (list) => readJwsKeys(list, alg), alg);
}
