import type { TempIDWireFormat } from '../formats/codec.js';
import { assertGiven, readOptions } from '../common/validation.js';
import type { Keyring } from '../keys/keyring.js';
import { JWE_ALGORITHM, JWE_ENCRYPTION, JWE_KEY_BYTES } from './algorithms.js';
import { CLAIM_LAYOUTS } from './claim-layout.js';
import { DerivedKeys } from './derived-keys.js';
import { own } from './header.js';
import { JWE_ENVELOPE } from './jwe.envelope.js';
import { JwtCodec } from './jwt.codec.js';
import type { JwtKeys } from './jwt-keys.js';
import type { JwtKeyProvider, SecretKeyOption } from './key-options.js';
import { HEADER_OPTIONS, type HeaderOptions, MintedHeader } from './minted-header.js';
import { OwnKeys } from './own-keys.js';
import { readJweKeys } from './read-keys.js';
import { hashedIds } from './token-id.js';

/** What {@link jwe} takes. */
export interface JweOptions extends HeaderOptions {
  /**
   * The keys, of exactly 32 bytes, newest first: the first encrypts, all decrypt; or a provider of them. Default:
   * one derived from each secret of the module.
   */
  keys?: readonly SecretKeyOption[] | JwtKeyProvider<SecretKeyOption>;
}

const NAMES: ReadonlySet<string> = new Set<keyof JweOptions>(['keys', ...HEADER_OPTIONS]);

/**
 * The format `jwe`: JWTs encrypted by AES-256-GCM (`dir`, `A256GCM`), for who has the same key. One key is safe
 * for 2^32 tokens, since its nonces are random and have 96 bits; the format v3 has no such limit.
 *
 * @throws TempIDConfigurationError for an option that is wrong; for keys that are wrong at the start
 * @example
 * TempIDModule.forRoot({ formats: [jwe()], format: 'jwe', accept: ['jwe', 'v3'] })
 */
export function jwe(...args: [options?: JweOptions]): TempIDWireFormat {
  assertGiven(args, 'jwe', ['options']);
  const options = readOptions(args[0] ?? {}, NAMES, 'jwe');
  const header = new MintedHeader(options, 'jwe');
  const rules = header.rules(
    (joseHeader) =>
      own(joseHeader, 'alg') === JWE_ALGORITHM && own(joseHeader, 'enc') === JWE_ENCRYPTION,
  );
  const claimRules = { layout: CLAIM_LAYOUTS.ext, maxUses: 0, ids: hashedIds('jwe') };
  return {
    name: 'jwe',
    createCodec: (keyring) =>
      new JwtCodec(JWE_ENVELOPE, toKeys(options.keys, keyring), header, rules, claimRules),
  };
}

function toKeys(keys: JweOptions['keys'], keyring: Keyring): JwtKeys {
  if (keys !== undefined) return new OwnKeys('jwe', keys, readJweKeys);
  return new DerivedKeys(keyring, JWE_ALGORITHM, 'tempid jwe A256GCM', JWE_KEY_BYTES);
}
