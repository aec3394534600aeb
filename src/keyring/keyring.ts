import { TempIDConfigurationError } from '../errors.js';
import { type KeyReport, reportOf } from './key-report.js';
import type { Secret, Secrets } from './secret.js';

/**
 * The secrets in use, newest first: the first mints, all verify, and none does either after its `notAfter`.
 * They may be replaced while tokens are made and read, so take a secret once for each token.
 */
export class Keyring {
  #secrets: readonly Secret[] = [];
  #byKid: ReadonlyMap<number, Secret> = new Map();

  /**
   * @param secrets as `resolveSecrets` gives them
   * @throws {@link TempIDConfigurationError} as {@link replace}
   */
  constructor(secrets: Secrets) {
    this.replace(secrets);
  }

  /** @throws {@link TempIDConfigurationError} where the `notAfter` of every secret has passed */
  get newest(): Secret {
    for (const secret of this.#secrets) if (!secret.isOver()) return secret;
    throw new TempIDConfigurationError(
      `The 'notAfter' of every secret has passed: there is none to make a token with.`,
    );
  }

  /** @param kid its four bytes, big-endian */
  withKid(kid: number): Secret | undefined {
    const secret = this.#byKid.get(kid);
    return secret?.isOver() ? undefined : secret;
  }

  /** The newest secret of which this is true, for a token that names none. */
  find(isRight: (secret: Secret) => boolean): Secret | undefined {
    return this.#secrets.find((secret) => !secret.isOver() && isRight(secret));
  }

  /** Whether what a secret has authenticated is authentic still. */
  trusts(secret: Secret): boolean {
    return this.#secrets.includes(secret) && !secret.isOver();
  }

  /**
   * Takes these secrets instead, all at once or not at all. One that is there already goes on with what was
   * derived from it and what was counted of it.
   *
   * @returns whether that changed anything
   * @throws {@link TempIDConfigurationError} where two have one key id, or the `notAfter` of all has passed
   */
  replace(secrets: Secrets): boolean {
    const byKid = new Map<number, Secret>();
    for (const [index, secret] of secrets.entries()) {
      const kid = secret.kid.readUInt32BE();
      if (byKid.has(kid)) {
        throw new TempIDConfigurationError(
          `Secret ${index + 1} has the key id of another secret: either it is there twice, or it must be made anew.`,
        );
      }
      const known = this.#byKid.get(kid);
      byKid.set(kid, known?.key.equals(secret.key) ? known : secret);
    }
    if (secrets.every((secret) => secret.isOver())) {
      throw new TempIDConfigurationError(`The 'notAfter' of every secret has passed.`);
    }

    const next = [...byKid.values()];
    const isChanged =
      next.length !== this.#secrets.length ||
      next.some((secret, index) => secret !== this.#secrets[index]) ||
      next.some((secret, index) => secret.notAfter !== secrets[index]?.notAfter);
    for (const [index, secret] of next.entries()) {
      secret.notAfter = secrets[index]?.notAfter ?? Infinity;
    }
    this.#secrets = next;
    this.#byKid = byKid;
    return isChanged;
  }

  report(): KeyReport[] {
    const minting = this.#secrets.find((secret) => !secret.isOver());
    return this.#secrets.map((secret) => reportOf(secret, secret === minting));
  }
}
