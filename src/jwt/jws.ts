import type { TempIDWireFormat } from '../codecs/codec.js';
import { TempIDConfigurationError } from '../errors.js';
import { expectKnown } from '../expect.js';
import type { Keyring } from '../keyring/keyring.js';
import { isHmacAlgorithm, isJwsAlgorithm, type JwsAlgorithm, SECRET_BYTES } from './algorithms.js';
import { DerivedKeys } from './derived-keys.js';
import { keysFromEnvironment } from './environment-keys.js';
import { own } from './header.js';
import { JWS_ENVELOPE } from './jws.envelope.js';
import { JwtCodec } from './jwt.codec.js';
import type { JwtKeys } from './jwt-keys.js';
import type { JwsKeyOption, JwtKeyProvider } from './key-options.js';
import { HEADER_OPTIONS, type HeaderOptions, MintedHeader } from './minted-header.js';
import { OwnKeys } from './own-keys.js';
import { readJwsKeys } from './read-keys.js';

/** What {@link jws} takes. */
export interface JwsOptions extends HeaderOptions {
  /** Default: that of the first key; HS256 without keys. */
  alg?: JwsAlgorithm | undefined;
  /**
   * The keys, newest first: the first signs, all verify; or a provider of them. Without, HS256, HS384 and HS512
   * have a key derived from each secret of the module, and EdDSA and ES256 have the keys of the environment
   * (`keysFromEnvironment`).
   */
  keys?: readonly JwsKeyOption[] | JwtKeyProvider | undefined;
}

const NAMES: ReadonlySet<string> = new Set<keyof JwsOptions>(['alg', 'keys', ...HEADER_OPTIONS]);

/**
 * The format `jws`: signed JWTs, which any JWT library reads, and which anybody can read who has one.
 *
 * @throws TempIDConfigurationError for an option that is wrong; for keys that are wrong at the start
 * @example
 * TempIDModule.forRoot({ formats: [jws({ alg: 'EdDSA' })], format: 'jws', accept: ['jws', 'v3'] })
 */
export function jws(options: JwsOptions = {}): TempIDWireFormat {
  expectKnown(options, NAMES, 'jws');
  const { alg, keys } = options;
  if (alg !== undefined && !isJwsAlgorithm(alg)) {
    throw new TempIDConfigurationError(
      `'alg' of jws must be 'HS256', 'HS384', 'HS512', 'EdDSA' or 'ES256'.`,
    );
  }
  const header = new MintedHeader(options, 'jws');
  const rules = header.rules(
    (given) => isJwsAlgorithm(own(given, 'alg')) && !Object.hasOwn(given, 'enc'),
  );
  return {
    name: 'jws',
    createCodec: (keyring) => new JwtCodec(JWS_ENVELOPE, toKeys(alg, keys, keyring), header, rules),
  };
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
