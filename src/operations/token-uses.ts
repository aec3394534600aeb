import { TempIDScopeError } from '../common/errors.js';
import { type OptionRules, readOptions } from '../common/options.js';
import { Refusal } from '../common/refusal.js';
import type { ResolvedOptions } from '../config/options.js';
import type { CallNotes, TempIDEvents } from '../events/tempid-events.js';
import type { ConsumeOptions, StoreOptions } from '../stores/tempid-store.js';
import { internalsOf, type TempID } from '../token/tempid.js';
import type { Tracked } from './issued-tempid.js';
import { type ById, isById, type IssuedTokens } from './issued-tokens.js';
import type { Revocations } from './revocation/revocations.js';
import { readStoreArguments } from './revocation/revoke-options.js';
import type { TokenVerifier } from './token-verifier.js';
import type { UseCounter } from './use-counter.js';
import { parseBy, toConsumeBy, USE_BY_RULES, USED_BY_RULES, type UsedByPage } from './used-by.js';
import {
  pickStoreOptions,
  readVerifyArguments,
  type UseOptions,
  VERIFY_RULES,
  type VerifyOptions,
} from './verify-options.js';

export const NOT_COUNTABLE = new Refusal(
  TempIDScopeError,
  'Nothing in the token counts its uses, as in the format v1 and in a JWT without jti: it can be neither used up nor revoked.',
);

/** What became of a use. */
export interface UseResult<T = unknown> {
  readonly token: TempID<T>;
  /** Whether the same `by` has had its use before, and `repeat` has let it through again. */
  readonly repeated: boolean;
}

/** Verifies, uses and revokes tokens: what is in a token is checked first, then what the store keeps of it. */
export class TokenUses {
  private readonly useRules: OptionRules<UseOptions>;

  constructor(
    private readonly verifier: TokenVerifier,
    private readonly counter: UseCounter,
    private readonly revocations: Revocations,
    private readonly issued: IssuedTokens,
    private readonly options: Pick<ResolvedOptions, 'revocation'>,
    private readonly events: TempIDEvents,
  ) {
    this.useRules = { ...VERIFY_RULES, ...USE_BY_RULES, ...counter.storeRules };
  }

  /** @param args options, or a kind and options beside it */
  verify(value: unknown, args: readonly unknown[]): Promise<TempID<unknown> | Refusal> {
    const options = readVerifyArguments<VerifyOptions>('verify', args, VERIFY_RULES);
    return this.events.around('verified', (notes) => this.verifyBy(value, options, notes));
  }

  private async verifyBy(
    value: unknown,
    options: VerifyOptions,
    notes?: CallNotes,
  ): Promise<TempID<unknown> | Refusal> {
    const token = await this.verifier.checkValue(value, options, notes);
    if (token instanceof Refusal) return token;
    if (options.checkUses) return (await this.refuseUsed(token)) ?? token;
    // What a short token means was asked of a database anyway.
    const isShort = internalsOf(token).token.sealed !== undefined;
    const asksStore = isShort || (this.options.revocation === 'always' && isRevocable(token));
    return (asksStore ? await this.revocations.refuseRevoked(token) : null) ?? token;
  }

  /** Verifies a token and uses it once. */
  use(given: TempID<unknown> | string, args: readonly unknown[]): Promise<UseResult | Refusal> {
    const options = readVerifyArguments<UseOptions>('use', args, this.useRules);
    const ofStore = {
      ...pickStoreOptions(options, this.counter.storeRules),
      ...toConsumeBy(options),
    };
    return this.events.around('used', (notes) => this.useBy(given, options, ofStore, notes));
  }

  private async useBy(
    given: TempID<unknown> | string,
    options: UseOptions,
    ofStore: ConsumeOptions,
    notes?: CallNotes,
  ): Promise<UseResult | Refusal> {
    if (notes) notes.by = ofStore.by;
    const token = await this.verifier.check(given, options, notes);
    if (token instanceof Refusal) return token;
    if (!isCountable(token)) return NOT_COUNTABLE;
    const result = await this.counter.use(token, ofStore);
    if (result instanceof Refusal) return result;
    if (notes) notes.repeated = result.repeated;
    return { token, ...result };
  }

  /** @param args options for the store, and whose use is meant */
  async refund(given: TempID<unknown> | string | ById, args: readonly unknown[]): Promise<void> {
    const rules = { by: USE_BY_RULES.by, ...this.counter.storeRules };
    const options = readStoreArguments('refund', args, rules);
    if (options.by !== undefined) parseBy(options.by);
    const token = await this.countable(given, pickStoreOptions(options, this.counter.storeRules));
    if (await this.counter.refund(token, options)) this.events.emitRefunded(token, options.by);
  }

  /** Those who used a token. */
  async usedBy(given: TempID<unknown> | string | ById, options: object): Promise<UsedByPage> {
    const page = readOptions(options, USED_BY_RULES, 'usedBy');
    return this.counter.usedBy(await this.countable(given), page);
  }

  /**
   * What a store counts the uses of: a token, or what the ledger knows by an id.
   *
   * @param ofStore options of a transaction, in which the row of the ledger may be
   * @throws TempIDError for a string that is no authentic token, for a token that nothing counts, and for an id that
   *   is not in the ledger
   */
  async countable(
    given: TempID<unknown> | string | ById,
    ofStore: StoreOptions = {},
  ): Promise<Tracked> {
    if (isById(given)) return this.issued.countable(given.id, ofStore);
    const token = await this.verifier.authenticate(given, ofStore);
    if (token instanceof Refusal) throw token.toError();
    if (!isCountable(token)) throw this.verifier.refuse(NOT_COUNTABLE, token).toError();
    return token;
  }

  /** @param args options for the store */
  async revoke(given: TempID<unknown> | string | ById, args: readonly unknown[]): Promise<void> {
    const options = readStoreArguments('revoke', args, this.counter.storeRules);
    await this.revocations.revokeToken(await this.countable(given, options), options);
  }

  private async refuseUsed(token: TempID<unknown>): Promise<Refusal | null> {
    return isCountable(token) ? this.counter.refuseUsed(token) : NOT_COUNTABLE;
  }
}

export function isCountable(token: TempID<unknown>): boolean {
  return internalsOf(token).token.isCountable;
}

/** By itself, or with all of its subject or its purpose. */
function isRevocable(token: TempID<unknown>): boolean {
  return isCountable(token) || token.purpose !== null || token.subject !== null;
}
