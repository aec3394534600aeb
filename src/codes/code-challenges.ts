import { hash, timingSafeEqual } from 'node:crypto';
import { Logger } from '@nestjs/common';
import {
  TempIDCodeError,
  TempIDConfigurationError,
  TempIDScopeError,
  TempIDStoreUnavailableError,
} from '../common/errors.js';
import { errorMessage } from '../common/error-message.js';
import { readOptions } from '../common/options.js';
import { Refusal } from '../common/refusal.js';
import type { ResolvedOptions } from '../config/options.js';
import type { CallNotes, TempIDEvents } from '../events/tempid-events.js';
import type { Keyring } from '../keys/keyring.js';
import { readMintArguments, toClaims } from '../operations/mint-options.js';
import type { TokenMinter } from '../operations/token-minter.js';
import type { TokenVerifier } from '../operations/token-verifier.js';
import { type Countable, EXHAUSTED, REVOKED, type UseCounter } from '../operations/use-counter.js';
import { ANY_BINDING, readVerifyArguments } from '../operations/verify-options.js';
import { REVOKED_COUNT } from '../stores/tempid-store.js';
import { TempIDKind } from '../kinds/tempid-kind.js';
import { CODE_MARK, isCodeBinding, toBinding } from '../token/binding.js';
import { internalsOf, TempID } from '../token/tempid.js';
import { AttemptWindows } from './attempt-windows.js';
import {
  assertKindOfCodes,
  ATTEMPTS_RULES,
  type AttemptsInfo,
  MINT_CODE_BESIDE_KIND,
  MINT_CODE_RULES,
  type MintedCode,
  parseWindow,
  VERIFY_CODE_RULES,
  type VerifyCodeOptions,
  type WindowRule,
} from './code-options.js';
import { formatCode, newCode, toCodeShape } from './code-shape.js';
import { normalizeCode } from './normalize-code.js';

const NO_CHALLENGE = new Refusal(TempIDScopeError, 'The token is no challenge for a code.');

/** Codes to type, and the challenges that they answer. */
export class CodeChallenges {
  private readonly windows: AttemptWindows;

  constructor(
    private readonly options: ResolvedOptions,
    private readonly minter: TokenMinter,
    private readonly verifier: TokenVerifier,
    private readonly counter: UseCounter,
    keyring: Keyring,
    private readonly events: TempIDEvents,
  ) {
    this.windows = new AttemptWindows(keyring);
  }

  /** @param args options; or a kind, its payload, and options beside it */
  async mint(args: readonly unknown[]): Promise<MintedCode<unknown>> {
    if (args[0] instanceof TempIDKind) assertKindOfCodes(args[0]);
    const { kind, options } = readMintArguments(
      'mintCode',
      args,
      MINT_CODE_RULES,
      MINT_CODE_BESIDE_KIND,
    );
    const { maxAttempts, replace = false } = options;
    if (!this.options.accept.includes('v3')) {
      throw new TempIDConfigurationError(
        `A challenge carries its code in the format v3: name it in the option 'accept' of the module.`,
      );
    }
    const shape = toCodeShape(options, maxAttempts);
    const claims = toClaims({ ...options, maxUses: maxAttempts }, this.options, Date.now());
    const code = newCode(shape);
    const binding = toCodeBinding(code);
    // Nobody has typed its code yet, so the challenge is not trusted in hand either.
    const how = { format: 'v3', replace, isVerified: false } as const;
    const challenge = await this.minter.write(kind, { ...claims, binding }, how);
    return { code, formatted: formatCode(code, shape), challenge };
  }

  /** @param args options, or a kind and options beside it */
  async verify(
    given: TempID<unknown> | string,
    code: unknown,
    args: readonly unknown[],
  ): Promise<TempID<unknown> | Refusal> {
    const options = readVerifyArguments<VerifyCodeOptions>('verifyCode', args, VERIFY_CODE_RULES);
    const { window, context: _, ...ofChallenge } = options;
    if (options.kind) assertKindOfCodes(options.kind);
    const rule = window === undefined ? null : parseWindow(window);
    const value = given instanceof TempID ? given.value : given;
    const ofToken = { ...ofChallenge, boundTo: ANY_BINDING };
    return this.events.around('used', async (notes) => {
      const challenge = await this.verifier.checkValue(value, ofToken, notes);
      if (challenge instanceof Refusal) return challenge;
      return (await this.refuse(challenge, code, rule, notes)) ?? challenge;
    });
  }

  /**
   * What is left of the attempts; none is counted.
   *
   * @throws TempIDError for a string that is no authentic token, and for a token that is no challenge
   */
  async attemptsInfo(given: TempID<unknown> | string, options: object): Promise<AttemptsInfo> {
    const { window } = readOptions(options, ATTEMPTS_RULES, 'attemptsInfo');
    const rule = window === undefined ? null : parseWindow(window);
    const challenge = await this.verifier.authenticate(given);
    if (challenge instanceof Refusal) throw challenge.toError();
    if (!codeBindingOf(challenge)) {
      throw this.verifier.refuse(NO_CHALLENGE, challenge).toError();
    }
    const [ofChallenge, ofSubject] = await Promise.all([
      this.counter.info(challenge),
      rule && this.counter.info(this.windows.windowOf(challenge, rule, Date.now())),
    ]);
    const left = Math.min(ofChallenge.left ?? 0, ofSubject?.left ?? Infinity);
    return { left, challenge: ofChallenge, subject: ofSubject };
  }

  /**
   * Counts an attempt, then compares. Of any number of right codes at once exactly one is not refused.
   *
   * @param challenge one that is good but for its code
   * @param code what was typed; it costs an attempt whatever it is
   * @param rule null: attempts are counted for the challenge alone
   */
  private async refuse(
    challenge: TempID,
    code: unknown,
    rule: WindowRule | null,
    notes?: CallNotes,
  ): Promise<Refusal | null> {
    const binding = codeBindingOf(challenge);
    if (!binding) return NO_CHALLENGE;
    const window = rule && this.windows.windowOf(challenge, rule, Date.now());
    const outOfTime = this.counter.refuseOutOfTime(challenge);
    if (outOfTime) return outOfTime;
    if (notes) notes.isCodeAsked = true;

    const attempt = await this.counter.consume(challenge);
    if (!attempt.allowed) return this.reasonToRefuse(challenge, attempt.used);
    let attemptsLeft = challenge.maxUses - attempt.used;
    if (window) {
      const ofSubject = await this.counter.consume(window);
      if (!ofSubject.allowed) return EXHAUSTED;
      attemptsLeft = Math.min(attemptsLeft, window.maxUses - ofSubject.used);
    }

    // In constant time. What cannot be a code costs the same, and equals none.
    if (timingSafeEqual(toCodeBinding(code), binding)) return this.end(challenge, window);
    return attemptsLeft > 0 ? new WrongCode(attemptsLeft) : EXHAUSTED;
  }

  /** The first right code has the one use of the challenge's end; those after it are refused. */
  private async end(challenge: TempID, window: Countable | null): Promise<Refusal | null> {
    const { allowed } = await this.counter.consume(endOf(challenge));
    if (!allowed) return EXHAUSTED;
    try {
      await Promise.all([this.counter.revoke(challenge), window && this.counter.refund(window)]);
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
    return (await this.counter.refuseUsed(endOf(challenge))) ?? REVOKED;
  }
}

/** The refusal of a code that may be tried again. */
class WrongCode extends Refusal {
  constructor(private readonly attemptsLeft: number) {
    super(TempIDCodeError, 'The code is not right.');
  }

  override toError(): TempIDCodeError {
    return new TempIDCodeError(this.reason, this.attemptsLeft);
  }
}

/** Its id needs no key, as that of the challenge is random, and must be the same whatever secret is the newest. */
function endOf({ id, expiresAt }: TempID): Countable {
  const end = hash('sha256', `nestjs-tempid end of challenge\0${id}`, 'buffer');
  return { id: end.toString('base64url', 0, 24), maxUses: 1, expiresAt };
}

/** No UTF-8 has the byte 0xff: no text that a token is bound to by `boundTo` is taken for a code, nor the other way round. */
const DOMAIN = Buffer.concat([Buffer.of(0xff), Buffer.from('nestjs-tempid code\0')]);

/** What a challenge keeps of its code. A hash of a few digits is as good as the digits: it stays encrypted. */
function toCodeBinding(code: unknown): Buffer {
  const hashed = toBinding(Buffer.concat([DOMAIN, Buffer.from(normalizeCode(code), 'utf8')]));
  return Buffer.concat([hashed.subarray(0, -CODE_MARK.length), CODE_MARK]);
}

/** What a challenge is bound to: only its code opens it. null of any other token. */
function codeBindingOf(token: TempID<unknown>): Uint8Array | null {
  const { binding, maxUses } = internalsOf(token).token.claims;
  return binding && maxUses > 0 && isCodeBinding(binding) ? binding : null;
}
