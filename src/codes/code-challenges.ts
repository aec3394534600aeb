import { createHash } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { TempIDScopeError, TempIDStoreUnavailableError } from '../common/errors.js';
import type { Keyring } from '../keys/keyring.js';
import { errorMessage } from '../common/error-message.js';
import { Refusal } from '../common/refusal.js';
import { REVOKED_COUNT } from '../stores/tempid-store.js';
import { internalsOf, type TempID } from '../token/tempid.js';
import { type Counted, EXHAUSTED, REVOKED, type UseCounter } from '../operations/use-counter.js';
import { AttemptWindows } from './attempt-windows.js';
import { isCodeBinding, isCodeOf } from './code-binding.js';
import type { WindowRule } from './verify-code-options.js';
import { WrongCode } from './wrong-code.js';

const NO_CHALLENGE = new Refusal(TempIDScopeError, 'The token is no challenge for a code.');

/** Answers to challenges: an attempt is spent before a code is compared, and one right code ends its challenge. */
export class CodeChallenges {
  private readonly windows: AttemptWindows;

  constructor(
    private readonly uses: UseCounter,
    keyring: Keyring,
  ) {
    this.windows = new AttemptWindows(keyring);
  }

  /**
   * Spends an attempt, then compares. Of any number of right codes at once exactly one is not refused.
   *
   * @param challenge one that is good but for its code
   * @param code whatever was given as the code; it costs an attempt whatever it is
   * @param rule null: attempts are counted for the challenge alone
   * @throws TempIDStoreUnavailableError
   * @throws TempIDConfigurationError where a window is asked for and the challenge has no subject
   */
  async refuse(challenge: TempID, code: unknown, rule: WindowRule | null): Promise<Refusal | null> {
    const { binding } = internalsOf(challenge).token.claims;
    if (!binding || !isCodeBinding(binding) || challenge.maxUses === 0) return NO_CHALLENGE;
    const window = rule && this.windows.windowOf(challenge, rule, Date.now());
    const outOfTime = this.uses.refuseOutOfTime(challenge);
    if (outOfTime) return outOfTime;

    const attempt = await this.uses.take(challenge);
    if (!attempt.allowed) return this.reasonToRefuse(challenge, attempt.used);
    let attemptsLeft = challenge.maxUses - attempt.used;
    if (window) {
      const ofSubject = await this.uses.take(window);
      if (!ofSubject.allowed) return EXHAUSTED;
      attemptsLeft = Math.min(attemptsLeft, window.maxUses - ofSubject.used);
    }

    if (isCodeOf(binding, code)) return this.end(challenge, window);
    return attemptsLeft > 0 ? new WrongCode(attemptsLeft) : EXHAUSTED;
  }

  /** The first right code takes the one end that a challenge has; what comes after it decides nothing any more. */
  private async end(challenge: TempID, window: Counted | null): Promise<Refusal | null> {
    const { allowed } = await this.uses.take(endOf(challenge));
    if (!allowed) return EXHAUSTED;
    try {
      await Promise.all([this.uses.revoke(challenge), window && this.uses.refund(window)]);
    } catch (error) {
      // The outage has its own lines.
      if (error instanceof TempIDStoreUnavailableError) return null;
      new Logger('TempIDService').error(
        `A challenge has ended, and its attempts could not be put in order: ${errorMessage(error)}`,
      );
    }
    return null;
  }

  /** A challenge that was answered is used up; to its holder it was not revoked. */
  private async reasonToRefuse(challenge: TempID, used: number): Promise<Refusal> {
    if (used < REVOKED_COUNT) return EXHAUSTED;
    return (await this.uses.refuseSpent(endOf(challenge))) ?? REVOKED;
  }
}

/** Its id needs no key, as that of the challenge is random, and must be the same whatever secret is the newest. */
function endOf({ id, expiresAt }: TempID): Counted {
  const hash = createHash('sha256')
    .update(`nestjs-tempid end of challenge\0${id}`, 'utf8')
    .digest();
  return { id: hash.toString('base64url', 0, 24), maxUses: 1, expiresAt };
}
