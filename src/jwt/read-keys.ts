import { TempIDConfigurationError } from '../common/errors.js';
import { parseNotAfter } from '../keys/secrets.js';
import {
  isHmacAlgorithm,
  JWE_ALGORITHM,
  JWE_KEY_BYTES,
  type JwsAlgorithm,
  SECRET_BYTES,
} from './algorithms.js';
import { JwtKey, type KeyPair } from './jwt-key.js';
import { readAsymmetricKey } from './read-asymmetric-key.js';
import { readSecret } from './read-secret.js';

/** A kid stands in JSON and in logs: no character of it needs an escape. */
const KID = /^[!#-[\]-~]{1,128}$/;

const MATERIALS = ['privateKey', 'publicKey', 'secret'];
const NAMES: ReadonlySet<string> = new Set([...MATERIALS, 'kid', 'notAfter', 'alg']);

type Entry = Readonly<Record<string, unknown>>;

/**
 * The keys of `jws`.
 *
 * @param alg that of the format: of the first key, and of secrets and RSA keys that name none
 * @throws {@link TempIDConfigurationError} for the first key that is wrong. It quotes no key
 */
export function readJwsKeys(list: unknown, alg: JwsAlgorithm | undefined): JwtKey[] {
  const keys = readEach(list, 'jws', (entry) =>
    'secret' in entry ? readHmacKey(entry, alg) : readAsymmetricKey(entry, alg),
  );
  const [first] = keys;
  if (alg !== undefined && first?.alg !== alg) {
    throw new TempIDConfigurationError(
      `'alg' of jws is ${alg}, and its first key is one of ${first?.alg}: leave 'alg' out, or give the right key first.`,
    );
  }
  if (!first?.canSeal() && keys.some((key) => key.canSeal())) {
    throw new TempIDConfigurationError(
      `The first key of jws must be the one that signs, and has no private key: put the 'privateKey' of the newest first.`,
    );
  }
  return keys;
}

/** As {@link readJwsKeys}, of `jwe`. */
export function readJweKeys(list: unknown): JwtKey[] {
  return readEach(list, 'jwe', (entry) => {
    if (!('secret' in entry) || entry['alg'] !== undefined) {
      throw new TempIDConfigurationError(
        `must have 'kid', 'secret', perhaps 'notAfter', and nothing else`,
      );
    }
    const key = readSecret(entry['secret'], 'exactly', JWE_KEY_BYTES);
    return { alg: JWE_ALGORITHM, sealKey: key, openKey: key };
  });
}

function readHmacKey({ secret, alg }: Entry, formatAlg: JwsAlgorithm | undefined): KeyPair {
  const chosen = alg ?? (isHmacAlgorithm(formatAlg) ? formatAlg : 'HS256');
  if (!isHmacAlgorithm(chosen)) {
    throw new TempIDConfigurationError(`has a secret: its 'alg' is HS256, HS384 or HS512`);
  }
  const key = readSecret(secret, 'at least', SECRET_BYTES[chosen]);
  return { alg: chosen, sealKey: key, openKey: key };
}

/** @param read throws messages such as 'has no kid', to which the number of the key is added */
function readEach(list: unknown, format: 'jws' | 'jwe', read: (entry: Entry) => KeyPair): JwtKey[] {
  if (!Array.isArray(list) || list.length === 0) {
    throw new TempIDConfigurationError(
      `'keys' of ${format} must be a list of keys, newest first, or an object with getKeys().`,
    );
  }
  return list.map((item: unknown, index) => {
    const entry: Entry = typeof item === 'object' && item !== null ? (item as Entry) : {};
    const number = `${index + 1} of ${format}`;
    const notAfter = parseNotAfter(entry, `key ${number}`);
    try {
      return new JwtKey(parseKid(entry, format), read(entry), notAfter);
    } catch (error) {
      if (!(error instanceof TempIDConfigurationError)) throw error;
      throw new TempIDConfigurationError(`Key ${number} ${error.message}.`);
    }
  });
}

function parseKid(entry: Entry, format: 'jws' | 'jwe'): string {
  const materials = MATERIALS.filter((name) => name in entry);
  // Unknown names are left out: whoever has mistaken the shape may have put a secret there.
  if (materials.length !== 1 || Object.keys(entry).some((name) => !NAMES.has(name))) {
    const choice = format === 'jws' ? `one of 'privateKey', 'publicKey' and 'secret'` : `'secret'`;
    throw new TempIDConfigurationError(
      `must have 'kid', ${choice}, perhaps 'notAfter', and nothing else`,
    );
  }
  const kid = entry['kid'];
  if (typeof kid === 'string' && KID.test(kid)) return kid;
  throw new TempIDConfigurationError(
    `must have a 'kid' of 1 to 128 printable ASCII characters, without space, quote and backslash`,
  );
}
