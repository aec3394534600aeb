import { asGiven, assertGiven, type OptionRules, readOptions } from '../common/options.js';
import type { TempIDWireFormat } from '../formats/codec.js';
import { JWE_ALGORITHM, JWE_KEY_BYTES } from './algorithms.js';
import { CLAIM_LAYOUTS } from './claim-layout.js';
import { DerivedKeys } from './derived-keys.js';
import { JWE_ENVELOPE } from './envelope.js';
import { HeaderFormat, type HeaderOptions, headerRules } from './header.js';
import { JwtCodec } from './jwt.codec.js';
import type { JwtKeyProvider, SecretKeyOption } from './key-options.js';
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

const RULES = {
  keys: asGiven<JweOptions['keys']>(),
  ...headerRules('jwe'),
} as const satisfies OptionRules<JweOptions>;

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
  const { keys, ...header } = readOptions(args[0] ?? {}, RULES, 'jwe');
  const claimRules = { layout: CLAIM_LAYOUTS.ext, maxUses: 0, ids: hashedIds('jwe') };
  return {
    name: 'jwe',
    createCodec(keyring) {
      const codecKeys =
        keys === undefined
          ? new DerivedKeys(keyring, JWE_ALGORITHM, 'tempid jwe A256GCM', JWE_KEY_BYTES)
          : new OwnKeys('jwe', keys, readJweKeys);
      return new JwtCodec(JWE_ENVELOPE, codecKeys, new HeaderFormat(header), claimRules);
    },
  };
}
