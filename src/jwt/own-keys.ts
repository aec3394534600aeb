import { TempIDConfigurationError } from '../common/errors.js';
import type { FormatKeys } from '../formats/codec.js';
import type { PublicJwk } from '../formats/public-jwk.js';
import { KeySet } from '../keys/key-set.js';
import { loadKeys, type RefreshableKeys } from '../keys/refreshable-source.js';
import type { KeyReport } from '../keys/rotating-key.js';
import type { JwtKey } from './jwt-key.js';
import type { JwtKeyProvider } from './key-options.js';

/** Keys that are given to the format, newest first, or by a provider. */
export class OwnKeys extends KeySet<JwtKey> implements FormatKeys {
  readonly refreshable: RefreshableKeys | undefined;

  /**
   * @param source the list, or the provider of it
   * @param parse validates a list
   * @param alg of the keys that make tokens; undefined: any
   * @throws {@link TempIDConfigurationError} where the list is wrong
   */
  constructor(
    private readonly format: 'jws' | 'jwe',
    source: unknown,
    parse: (list: unknown) => JwtKey[],
    private readonly alg?: JwtKey['alg'],
  ) {
    super(`key of ${format}`, (number) => `Key ${number} of ${format} has the kid of another key.`);
    if (isKeyProvider(source)) this.refreshable = this.refreshableBy(source, parse);
    else this.replace(parse(source));
  }

  /** @throws {@link TempIDConfigurationError} where there is none to make a token with */
  newest(): JwtKey {
    const key = this.sealing();
    if (key) return key;
    throw new TempIDConfigurationError(
      `There is no key to make a token of the format ${this.format} with: ` +
        `none of its 'keys' is private, or the 'notAfter' of each has passed.`,
    );
  }

  has(kid: string): boolean {
    return this.all.some((key) => key.kid === kid);
  }

  report(): KeyReport[] {
    const { format } = this;
    const sealing = this.sealing();
    return this.all.map((key) => ({ ...key.report(key.kid, key === sealing), format }));
  }

  /**
   * Those of the private keys, since a key that only verifies may be that of another service. Nothing is published of
   * a secret: whoever has it can sign.
   */
  publicKeys(): PublicJwk[] {
    const keys = this.all.filter((key) => key.openKey.type === 'public');
    return keys.filter((key) => key.canSeal() && !key.isExpired()).map(toPublicJwk);
  }

  private sealing(): JwtKey | undefined {
    const { alg } = this;
    return this.find((key) => key.canSeal() && (alg === undefined || key.alg === alg));
  }

  private refreshableBy(
    provider: JwtKeyProvider<unknown>,
    parse: (list: unknown) => JwtKey[],
  ): RefreshableKeys {
    const providerName = 'JwtKeyProvider';
    const getKeys = async (signal: AbortSignal) => parse(await provider.getKeys(signal));
    return {
      name: `keys of ${this.format}`,
      providerName,
      provider,
      load: async (abort) => {
        const keys = await loadKeys(providerName, getKeys, abort);
        return () => this.replace(keys);
      },
      report: () => this.report(),
    };
  }
}

function isKeyProvider(keys: unknown): keys is JwtKeyProvider<unknown> {
  if (typeof keys !== 'object' || keys === null) return false;
  return typeof (keys as Partial<JwtKeyProvider>).getKeys === 'function';
}

/** Names each member that is public, so that no other can get in. */
function toPublicJwk({ kid, alg, openKey }: JwtKey): PublicJwk {
  const { crv = '', x = '', y, n = '', e = '' } = openKey.export({ format: 'jwk' });
  const named = { kid, alg, use: 'sig' } as const;
  if (openKey.asymmetricKeyType === 'rsa') return { kty: 'RSA', n, e, ...named };
  return y === undefined ? { kty: 'OKP', crv, x, ...named } : { kty: 'EC', crv, x, y, ...named };
}
