import { TempIDConfigurationError } from '../common/errors.js';
import { KeySet } from './key-set.js';
import { type KeyReport, reportOf } from './key-report.js';
import type { Secret, Secrets } from './secret.js';

/**
 * The secrets in use, newest first: the first mints, all verify, and none does either after its `notAfter`.
 * They may be replaced while tokens are made and read, so take a secret once for each token.
 */
export class Keyring {
  readonly #secrets = new KeySet<number, Secret>({
    idOf: ({ kid }) => kid.readUInt32BE(),
    isSame: (one, other) => one.key.equals(other.key),
    twice: (number) =>
      `Secret ${number} has the key id of another secret: either it is there twice, or it must be made anew.`,
    allOver: `The 'notAfter' of every secret has passed.`,
  });

  /**
   * @param secrets as `resolveSecrets` gives them
   * @throws {@link TempIDConfigurationError} as {@link replace}
   */
  constructor(secrets: Secrets) {
    this.replace(secrets);
  }

  /** @throws {@link TempIDConfigurationError} where the `notAfter` of every secret has passed */
  get newest(): Secret {
    const secret = this.#secrets.find(() => true);
    if (secret) return secret;
    throw new TempIDConfigurationError(
      `The 'notAfter' of every secret has passed: there is none to make a token with.`,
    );
  }

  /** @param kid its four bytes, big-endian */
  withKid(kid: number): Secret | undefined {
    return this.#secrets.withId(kid);
  }

  /** The newest secret of which this is true, for a token that names none. */
  find(isRight: (secret: Secret) => boolean): Secret | undefined {
    return this.#secrets.find(isRight);
  }

  /**
   * Takes these secrets instead, all at once or not at all. One that is there already goes on with what was
   * derived from it and what was counted of it.
   *
   * @returns whether that changed anything
   * @throws {@link TempIDConfigurationError} where two have one key id, or the `notAfter` of all has passed
   */
  replace(secrets: Secrets): boolean {
    return this.#secrets.replace(secrets);
  }

  report(): KeyReport[] {
    const minting = this.#secrets.find(() => true);
    return this.#secrets.all.map((secret) =>
      reportOf(secret, secret.kid.toString('base64url'), secret === minting),
    );
  }
}
