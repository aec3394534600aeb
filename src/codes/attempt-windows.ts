import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { LAST_MOMENT } from '../token/claims.js';
import { TempIDConfigurationError } from '../common/errors.js';
import type { Keyring } from '../keys/keyring.js';
import { deriveKey, PerSecret, type Secret } from '../keys/secret.js';
import type { TempID } from '../token/tempid.js';
import type { Countable } from '../operations/use-counter.js';
import type { WindowRule } from './code-options.js';

const ID_BYTES = 24;

/**
 * The attempts of a subject in a window of time, whatever challenges they are made with. A window is as long as
 * any other of the subject, and begins when that ends.
 *
 * Where a subject's windows begin is its own: nobody can wait for the moment at which all windows end. The id is
 * a MAC, so who reads the store cannot try out whose it is.
 */
export class AttemptWindows {
  private readonly keys = new PerSecret(toKey);

  constructor(private readonly keyring: Keyring) {}

  /**
   * @param now Unix milliseconds
   * @throws TempIDConfigurationError for a challenge without a subject
   */
  windowOf(challenge: TempID<unknown>, { length, attempts }: WindowRule, now: number): Countable {
    const { issuer, audience, purpose, subject, maxUses } = challenge;
    if (subject === null) {
      throw new TempIDConfigurationError(
        `'window' counts the attempts of a subject: mint the challenge with 'subject'.`,
      );
    }
    const key = this.keys.of(this.keyring.newest);
    const subjectKey = [issuer, audience, purpose, subject, length];
    const milliseconds = length * 1_000;
    const offset = mac(key, subjectKey).readUIntBE(0, 6) % milliseconds;
    const index = Math.floor((now + offset) / milliseconds);
    return {
      id: mac(key, [...subjectKey, index]).toString('base64url', 0, ID_BYTES),
      maxUses: attempts ?? maxUses,
      expiresAt: new Date(Math.min((index + 1) * milliseconds - offset, LAST_MOMENT)),
    };
  }
}

function toKey({ key }: Secret): KeyObject {
  return createSecretKey(deriveKey(key, 'tempid code attempts', 32));
}

/** JSON tells `['a', 'b']` from `['ab']` and `null` from `'null'`. */
function mac(key: KeyObject, values: readonly unknown[]): Buffer {
  return createHmac('sha256', key).update(JSON.stringify(values), 'utf8').digest();
}
