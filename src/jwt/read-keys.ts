import { createPublicKey } from 'node:crypto';
import { TempIDConfigurationError } from '../common/errors.js';
import { parseNotAfter } from '../keys/secrets.js';
import {
  type HmacAlgorithm,
  isHmacAlgorithm,
  JWE_ALGORITHM,
  JWE_KEY_BYTES,
  type JwsAlgorithm,
  SECRET_BYTES,
} from './algorithms.js';
import { JwtKey } from './jwt-key.js';
import type { Complain } from './key-algorithm.js';
import { readPrivateKey, readPublicKey } from './key-material.js';
import { readSecret } from './read-secret.js';

/** A kid stands in JSON and in logs: no character of it needs an escape. */
const KID = /^[!#-[\]-~]{1,128}$/;

const KINDS = ['privateKey', 'publicKey', 'secret'] as const;
const NAMES: ReadonlySet<string> = new Set([...KINDS, 'kid', 'notAfter', 'alg']);

type Item = Partial<Record<(typeof KINDS)[number] | 'kid' | 'notAfter' | 'alg', unknown>>;

/**
 * The keys of `jws`.
 *
 * @param alg that of the format: of the first key, and of secrets and RSA keys that name none
 * @throws {@link TempIDConfigurationError} for the first key that is wrong. It quotes no key
 */
export function readJwsKeys(list: unknown, alg: JwsAlgorithm | undefined): JwtKey[] {
  const keys = readEach(list, 'jws', (item, kid, complain) => {
    if ('secret' in item) return readHmacKey(item, kid, alg, complain);
    const named = { alg: item.alg, algOfFormat: alg };
    if ('publicKey' in item) {
      const { alg: own, key } = readPublicKey(item.publicKey, named, complain);
      return { kid, alg: own, making: undefined, reading: key };
    }
    const { alg: own, key } = readPrivateKey(item.privateKey, named, complain);
    return { kid, alg: own, making: key, reading: createPublicKey(key) };
  });
  const [first] = keys;
  if (alg !== undefined && first?.alg !== alg) {
    throw new TempIDConfigurationError(
      `'alg' of jws is ${alg}, and its first key is one of ${first?.alg}: leave 'alg' out, or give the right key first.`,
    );
  }
  if (!first?.making && keys.some(({ making }) => making)) {
    throw new TempIDConfigurationError(
      `The first key of jws must be the one that signs, and has no private key: put the 'privateKey' of the newest first.`,
    );
  }
  return keys;
}

/** As {@link readJwsKeys}, of `jwe`. */
export function readJweKeys(list: unknown): JwtKey[] {
  return readEach(list, 'jwe', (item, kid, complain) => {
    if (!('secret' in item) || item.alg !== undefined) {
      throw complain(`must have 'kid', 'secret', perhaps 'notAfter', and nothing else`);
    }
    const key = readSecret(item.secret, JWE_KEY_BYTES, true, complain);
    return { kid, alg: JWE_ALGORITHM, making: key, reading: key };
  });
}

function readEach(
  list: unknown,
  format: 'jws' | 'jwe',
  read: (
    item: Item,
    kid: string,
    complain: Complain,
  ) => Omit<ConstructorParameters<typeof JwtKey>[0], 'tokenKey'>,
): JwtKey[] {
  if (!Array.isArray(list) || list.length === 0) {
    throw new TempIDConfigurationError(
      `'keys' of ${format} must be a list of keys, newest first, or an object with getKeys().`,
    );
  }
  return list.map((item: unknown, index) => {
    const complain = (problem: string) =>
      new TempIDConfigurationError(`Key ${index + 1} of ${format} ${problem}.`);
    const { entry, kid } = parseEntry(item, format, complain);
    const notAfter = parseNotAfter(entry, `key ${index + 1} of ${format}`);
    return new JwtKey(read(entry, kid, complain), notAfter);
  });
}

function parseEntry(
  item: unknown,
  format: 'jws' | 'jwe',
  complain: Complain,
): { entry: Item; kid: string } {
  const entry = typeof item === 'object' && item !== null ? (item as Item) : {};
  const names = Object.keys(entry);
  const kinds = KINDS.filter((kind) => kind in entry);
  // Unknown names are not said: whoever has mistaken the shape may have put a secret there.
  if (kinds.length !== 1 || names.some((name) => !NAMES.has(name))) {
    const choice = format === 'jws' ? `one of 'privateKey', 'publicKey' and 'secret'` : `'secret'`;
    throw complain(`must have 'kid', ${choice}, perhaps 'notAfter', and nothing else`);
  }
  const { kid } = entry;
  if (typeof kid === 'string' && KID.test(kid)) return { entry, kid };
  throw complain(
    `must have a 'kid' of 1 to 128 printable ASCII characters, without space, quote and backslash`,
  );
}

function readHmacKey(
  { secret, alg: named }: Item,
  kid: string,
  ofFormat: JwsAlgorithm | undefined,
  complain: Complain,
): Omit<ConstructorParameters<typeof JwtKey>[0], 'tokenKey'> {
  const standard: HmacAlgorithm = isHmacAlgorithm(ofFormat) ? ofFormat : 'HS256';
  const alg = named ?? standard;
  if (!isHmacAlgorithm(alg)) throw complain(`has a secret: its 'alg' is HS256, HS384 or HS512`);
  const key = readSecret(secret, SECRET_BYTES[alg], false, complain);
  return { kid, alg, making: key, reading: key };
}
