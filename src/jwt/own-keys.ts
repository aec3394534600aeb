import type { PublicJwk } from '../formats/public-jwk.js';
import { TempIDConfigurationError } from '../common/errors.js';
import { loadKeys } from '../keys/load-keys.js';
import type { RefreshableKeys } from '../keys/refreshable-source.js';
import { KeySet } from '../keys/key-set.js';
import { type KeyReport, reportOf } from '../keys/key-report.js';
import { JWE_ALGORITHM, isHmacAlgorithm } from './algorithms.js';
import { JwtKey } from './jwt-key.js';
import type { JwtKeys } from './jwt-keys.js';
import { isKeyProvider, type JwtKeyProvider } from './key-options.js';
import { toPublicJwk } from './to-public-jwk.js';

/** Keys that are given to the format, newest first, or by a provider. */
export class OwnKeys implements JwtKeys {
  readonly changing: RefreshableKeys | undefined;
  readonly #keys: KeySet<string, JwtKey>;

  /**
   * @param source the list, or the provider of it
   * @param read validates a list
   * @param alg what makes tokens is of this algorithm; undefined: of any
   * @throws {@link TempIDConfigurationError} where the list is wrong
   */
  constructor(
    private readonly format: 'jws' | 'jwe',
    source: unknown,
    read: (list: unknown) => JwtKey[],
    private readonly alg?: JwtKey['alg'],
  ) {
    this.#keys = new KeySet({
      idOf: ({ kid }) => kid,
      isSame: (one, other) => one.equals(other),
      twice: (number) => `Key ${number} of ${format} has the kid of another key.`,
      allOver: `The 'notAfter' of every key of ${format} has passed.`,
    });
    if (isKeyProvider(source)) this.changing = this.changingBy(source, read);
    else this.#keys.replace(read(source));
  }

  newest(): JwtKey & { readonly making: object } {
    const key = this.minting();
    if (key && canMake(key)) return key;
    throw new TempIDConfigurationError(
      `There is no key to make a token of the format ${this.format} with: ` +
        `none of its 'keys' is private, or the 'notAfter' of each has passed.`,
    );
  }

  withKid(kid: string): JwtKey | undefined {
    return this.#keys.withId(kid);
  }

  report(): KeyReport[] {
    const minting = this.minting();
    return this.#keys.all.map((key) => ({
      ...reportOf(key, key.kid, key === minting),
      format: this.format,
    }));
  }

  /**
   * Those of the keys that sign here. A key that only verifies may be that of another service, whose tokens are not
   * minted here; and who verifies by a secret could sign, too.
   */
  publicKeys(): PublicJwk[] {
    return this.#keys.all
      .filter(({ alg }) => alg !== JWE_ALGORITHM && !isHmacAlgorithm(alg))
      .filter((key) => canMake(key) && !key.isExpired())
      .map(toPublicJwk);
  }

  private minting(): JwtKey | undefined {
    const { alg } = this;
    return this.#keys.find((key) => canMake(key) && (alg === undefined || key.alg === alg));
  }

  private changingBy(
    provider: JwtKeyProvider<unknown>,
    read: (list: unknown) => JwtKey[],
  ): RefreshableKeys {
    const who = 'JwtKeyProvider';
    const getKeys = async (signal: AbortSignal) => read(await provider.getKeys(signal));
    return {
      what: `keys of ${this.format}`,
      who,
      provider,
      ask: async (asking) => {
        const keys = await loadKeys(who, getKeys, asking);
        return () => this.#keys.replace(keys);
      },
      report: () => this.report(),
    };
  }
}

function canMake(key: JwtKey): key is JwtKey & { readonly making: object } {
  return key.making !== undefined;
}
