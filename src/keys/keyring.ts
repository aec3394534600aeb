import { TempIDConfigurationError } from '../common/errors.js';
import { KeySet } from './key-set.js';
import type { KeyReport } from './rotating-key.js';
import type { Secret, Secrets } from './secret.js';

/**
 * The secrets in use, newest first: the first that has not expired mints, all others verify. They may be replaced at
 * any time, so whoever makes or reads a token takes its secret once.
 */
export class Keyring extends KeySet<Secret> {
  /** @throws {@link TempIDConfigurationError} where two have one key id, or all have expired */
  constructor(secrets: Secrets) {
    super(
      'secret',
      (number) =>
        `Secret ${number} has the key id of another secret: either it is there twice, or it must be made anew.`,
    );
    this.replace(secrets);
  }

  /** @throws {@link TempIDConfigurationError} where all have expired */
  get newest(): Secret {
    const secret = this.find(() => true);
    if (secret) return secret;
    throw new TempIDConfigurationError(
      `The 'notAfter' of every secret has passed: there is none to make a token with.`,
    );
  }

  report(): KeyReport[] {
    const newest = this.find(() => true);
    return this.all.map((key) => key.report(key.name, key === newest));
  }
}
