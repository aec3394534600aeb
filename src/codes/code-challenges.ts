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
import type { UseResult } from '../operations/token-uses.js';
import type { TokenVerifier } from '../operations/token-verifier.js';
import { type Countable, EXHAUSTED, REVOKED, type UseCounter } from '../operations/use-counter.js';
import { toConsumeBy } from '../operations/used-by.js';
import { ANY_BINDING, readVerifyArguments } from '../operations/verify-options.js';
import { type ConsumeOptions, REVOKED_COUNT } from '../stores/tempid-store.js';
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
    const { storeRules } = this.minter;
    const { kind, options } = readMintArguments(
      'mintCode',
      args,
      { ...MINT_CODE_RULES, ...storeRules },
      { ...MINT_CODE_BESIDE_KIND, ...storeRules },
    );
    const { maxAttempts, format = this.options.format === 'short' ? 'short' : 'v3' } = options;
    if (!this.options.accept.includes(format)) {
      throw new TempIDConfigurationError(
        `A challenge carries its code in the format ${format}: name it in the option 'accept' of the module.`,
      );
    }
    const shape = toCodeShape(options, maxAttempts);
    const claims = toClaims({ ...options, format, maxUses: maxAttempts }, this.options, Date.now());
    const code = newCode(shape);
    const binding = toCodeBinding(code);
    // Nobody has typed its code yet, so the challenge is not trusted in hand either.
    const how = { ...options, format, isVerified: false } as const;
    const challenge = await this.minter.write(kind, { ...claims, binding }, how);
    return { code, formatted: formatCode(code, shape), challenge };
  }

  /** @param args options, or a kind and options beside it */
  async verify(
    given: TempID<unknown> | string,
    code: unknown,
    args: readonly unknown[],
  ): Promise<UseResult | Refusal> {
    const options = readVerifyArguments<VerifyCodeOptions>('verifyCode', args, VERIFY_CODE_RULES);
    const { window, context: _1, by: _2, repeat: _3, ...ofChallenge } = options;
    const who = toConsumeBy(options);
    if (options.kind) assertKindOfCodes(options.kind);
    const rule = window === undefined ? null : parseWindow(window);
    const value = given instanceof TempID ? given.value : given;
    const ofToken = { ...ofChallenge, boundTo: ANY_BINDING };
    return this.events.around('used', async (notes) => {
      if (notes) notes.by = who.by;
      const challenge = await this.verifier.checkValue(value, ofToken, notes);
      if (challenge instanceof Refusal) return challenge;
      const result = await this.attempt(challenge, code, rule, who, notes);
      if (result instanceof Refusal) return result;
      if (notes) notes.repeated = result.repeated;
      return { token: challenge, ...result };
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
    const [counted, end, ofSubject] = await Promise.all([
      this.counter.info(challenge),
      this.counter.info(endOf(challenge)),
      rule && this.counter.info(this.windows.windowOf(challenge, rule, Date.now())),
    ]);
    const ofChallenge = end.left === 0 ? { ...counted, used: counted.total, left: 0 } : counted;
    const left = Math.min(ofChallenge.left ?? 0, ofSubject?.left ?? Infinity);
    return { left, challenge: ofChallenge, subject: ofSubject };
  }

  /**
   * Counts an attempt, then compares. Of any number of right codes at once exactly one is not refused, but those of
   * the same one.
   *
   * @param challenge one that is good but for its code
   * @param code what was typed; it costs an attempt whatever it is
   * @param rule null: attempts are counted for the challenge alone
   * @param who may send the right code again
   */
  private async attempt(
    challenge: TempID,
    code: unknown,
    rule: WindowRule | null,
    who: ConsumeOptions,
    notes?: CallNotes,
  ): Promise<Refusal | Pick<UseResult, 'repeated'>> {
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
    if (timingSafeEqual(toCodeBinding(code), binding)) return this.end(challenge, window, who);
    if (attemptsLeft <= 0 || (await this.endAfterRepeats(challenge, who))) return EXHAUSTED;
    return new WrongCode(attemptsLeft);
  }

  /**
   * The first right code has the one use of the challenge's end, and so has the same one again within `repeat`; those
   * after it are refused.
   *
   * Where the same one may come again, the challenge keeps the attempts that it has, and not one more: whoever has the
   * challenge tries no more codes in that time than they could before.
   */
  private async end(
    challenge: TempID,
    window: Countable | null,
    who: ConsumeOptions,
  ): Promise<Refusal | Pick<UseResult, 'repeated'>> {
    const { allowed, repeated = false } = await this.counter.consume(endOf(challenge), who);
    const isKept = allowed && who.repeat !== undefined;
    await this.settle([
      isKept ? this.counter.refund(challenge) : this.counter.revoke(challenge),
      allowed && window && this.counter.refund(window),
    ]);
    return allowed ? { repeated } : EXHAUSTED;
  }

  /** Ends a challenge whose right code was typed and could be typed again: after it came a wrong one. */
  private async endAfterRepeats(challenge: TempID, { repeat }: ConsumeOptions): Promise<boolean> {
    if (repeat === undefined || !(await this.counter.refuseUsed(endOf(challenge)))) return false;
    await this.settle([this.counter.revoke(challenge)]);
    return true;
  }

  private async settle(changes: readonly unknown[]): Promise<void> {
    try {
      await Promise.all(changes);
    } catch (error) {
      // The outage has its own lines.
      if (error instanceof TempIDStoreUnavailableError) return;
      new Logger('TempIDService').error(
        `A challenge has ended, and its attempts could not be put in order: ${errorMessage(error)}`,
      );
    }
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
function endOf({ id, expiresAt }: TempID<unknown>): Countable {
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
