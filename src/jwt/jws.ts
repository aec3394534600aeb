import { TempIDConfigurationError } from '../common/errors.js';
import {
  asGiven,
  assertGiven,
  type OptionRules,
  parseText,
  readOptions,
} from '../common/options.js';
import type { TempIDWireFormat } from '../formats/codec.js';
import type { Keyring } from '../keys/keyring.js';
import { parseMaxUses } from '../token/claims.js';
import {
  isHmacAlgorithm,
  isJwsAlgorithm,
  JWS_ALGORITHMS,
  type JwsAlgorithm,
  SECRET_BYTES,
} from './algorithms.js';
import { CLAIM_LAYOUTS, type ClaimLayout } from './claim-layout.js';
import { DerivedKeys } from './derived-keys.js';
import { JWS_ENVELOPE } from './envelope.js';
import { keysFromEnvironment } from './environment-keys.js';
import { HeaderFormat, type HeaderOptions, headerRules } from './header.js';
import { JwtCodec } from './jwt.codec.js';
import type { JwsKeyOption, JwtKeyProvider } from './key-options.js';
import { OwnKeys } from './own-keys.js';
import { readJwsKeys } from './read-keys.js';
import { hashedIds, parseJtiPrefix, prefixedIds } from './token-id.js';

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

const RULES = {
  alg: { parse: parseAlgorithm },
  keys: asGiven<JwsOptions['keys']>(),
  defaultKid: { parse: parseText },
  claims: { parse: parseLayout, default: 'ext' },
  maxUses: { parse: parseMaxUses, default: 0 },
  jtiPrefix: { parse: parseJtiPrefix },
  ...headerRules('jws'),
} as const satisfies OptionRules<JwsOptions>;

/**
 * The format `jws`: signed JWTs, which any JWT library reads, and which anybody can read who has one.
 *
 * @throws TempIDConfigurationError for an option that is wrong; for keys that are wrong at the start
 * @example
 * TempIDModule.forRoot({ formats: [jws({ alg: 'EdDSA' })], format: 'jws', accept: ['jws', 'v3'] })
 */
export function jws(...args: [options?: JwsOptions]): TempIDWireFormat {
  assertGiven(args, 'jws', ['options']);
  const options = readOptions(args[0] ?? {}, RULES, 'jws');
  const { alg, keys, defaultKid, claims: layout, maxUses, jtiPrefix, ...headerOptions } = options;
  const ids = jtiPrefix === undefined ? hashedIds('jws') : prefixedIds(jtiPrefix);
  return {
    name: 'jws',
    createCodec(keyring) {
      const codecKeys = createKeys(alg, keys, keyring);
      if (defaultKid !== undefined) assertKey(codecKeys, defaultKid);
      const header = new HeaderFormat(headerOptions, defaultKid);
      return new JwtCodec(JWS_ENVELOPE, codecKeys, header, { layout, maxUses, ids });
    },
  };
}

function parseAlgorithm(alg: unknown): JwsAlgorithm {
  if (isJwsAlgorithm(alg)) return alg;
  throw new TempIDConfigurationError(`'alg' of jws must be one of ${JWS_ALGORITHMS.join(', ')}.`);
}

function parseLayout(claims: unknown): ClaimLayout {
  if (claims === 'ext' || claims === 'top-level') return CLAIM_LAYOUTS[claims];
  throw new TempIDConfigurationError(`'claims' of jws must be 'ext' or 'top-level'.`);
}

/** A provider may give the key later. An expired key counts, since it was there. */
function assertKey(keys: DerivedKeys | OwnKeys, defaultKid: string): void {
  if (keys instanceof OwnKeys && (keys.refreshable || keys.has(defaultKid))) return;
  throw new TempIDConfigurationError(`'defaultKid' of jws names none of its 'keys'.`);
}

function createKeys(
  alg: JwsAlgorithm | undefined,
  keys: JwsOptions['keys'],
  keyring: Keyring,
): DerivedKeys | OwnKeys {
  if (keys === undefined && (alg === undefined || isHmacAlgorithm(alg))) {
    const hmac = alg ?? 'HS256';
    return new DerivedKeys(keyring, hmac, `tempid jws ${hmac}`, SECRET_BYTES[hmac]);
  }
  return new OwnKeys('jws', keys ?? keysFromEnvironment(), (list) => readJwsKeys(list, alg), alg);
}
