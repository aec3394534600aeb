import { TempIDConfigurationError, TempIDScopeError } from '../common/errors.js';
import { type OptionRules, readOptions, type ReadOptions } from '../common/options.js';
import { Refusal } from '../common/refusal.js';
import type { ResolvedOptions } from '../config/options.js';
import type { CallNotes, TempIDEvents } from '../events/tempid-events.js';
import { isCodeBinding } from '../token/binding.js';
import { internalsOf, type TempID } from '../token/tempid.js';
import { type CommonMintOptions, type Lifetime, MINT_RULES, toClaims } from './mint-options.js';
import type { IssuedTokens } from './issued-tokens.js';
import type { Revocations } from './revocation/revocations.js';
import type { TokenMinter } from './token-minter.js';
import { isCountable, NOT_COUNTABLE } from './token-uses.js';
import type { TokenVerifier } from './token-verifier.js';
import { TOO_OLD } from './use-counter.js';
import {
  pickStoreOptions,
  readVerifyArguments,
  type UseOptions,
  VERIFY_RULES,
} from './verify-options.js';

/** What `renew` takes: what the token must be, as `use` does, and how long the new one lives. */
export type RenewOptions = Omit<UseOptions, 'by' | 'repeat'> &
  Lifetime &
  Pick<CommonMintOptions<null>, 'format'>;

const { checkUses: _, ...OF_OLD } = VERIFY_RULES;
const OF_NEW = {
  expiresIn: MINT_RULES.expiresIn,
  expiresAt: MINT_RULES.expiresAt,
  format: MINT_RULES.format,
} as const;

const IS_CHALLENGE = new Refusal(
  TempIDScopeError,
  'The token is the challenge of a code, which cannot be renewed: mint another code.',
);

/** Puts a new token in the place of a good one, which ends. */
export class TokenRenewer {
  private readonly rules: OptionRules<RenewOptions>;

  constructor(
    private readonly options: ResolvedOptions,
    private readonly verifier: TokenVerifier,
    private readonly minter: TokenMinter,
    private readonly issued: IssuedTokens,
    private readonly revocations: Revocations,
    private readonly events: TempIDEvents,
  ) {
    this.rules = { ...OF_OLD, ...OF_NEW, ...issued.mintRules };
  }

  /** @param args options, or a kind and options beside it */
  renew(
    given: TempID<unknown> | string,
    args: readonly unknown[],
  ): Promise<TempID<unknown> | Refusal> {
    const options = readVerifyArguments<RenewOptions>('renew', args, this.rules);
    const ofNew = readOptions(withLifetimeOfKind(options), OF_NEW, 'renew');
    return this.events.around('renewed', (notes) => this.renewBy(given, options, ofNew, notes));
  }

  private async renewBy(
    given: TempID<unknown> | string,
    options: RenewOptions,
    ofNew: ReadOptions<typeof OF_NEW>,
    notes?: CallNotes,
  ): Promise<TempID<unknown> | Refusal> {
    const old = await this.verifier.check(given, options, notes);
    if (old instanceof Refusal) return old;
    if (!isCountable(old)) return NOT_COUNTABLE;
    const { token, content } = internalsOf(old);
    const { claims } = token;
    if (claims.binding && isCodeBinding(claims.binding)) return IS_CHALLENGE;
    const { purpose, subject } = claims;
    const now = Date.now();
    const scope = { ...(purpose !== null && { purpose }), ...(subject !== null && { subject }) };
    const asked = toClaims({ ...ofNew, ...scope, maxUses: 0 }, this.options, now).expiresAt;
    // Before it is known whether the token is good still: what revokes it from here on must revoke the new one, too.
    const issuedAt = await this.revocations.continue(old);
    const isScoped = purpose !== null || subject !== null;
    const last = isScoped ? Math.floor(issuedAt / 1_000) + this.options.maxLifetime : Infinity;
    const end = Math.min(asked, last);
    if (end * 1_000 <= now) return TOO_OLD;
    const renewed = { ...claims, expiresAt: end, issuedAt, notBefore: null };
    const format = ofNew.format ?? this.options.format;
    const row = await this.issued.ledger.find(
      old.id,
      pickStoreOptions(options, this.issued.ledgerRules),
    );
    const tracked = row !== null || options.kind?.tracked === true || format === 'short';
    const transaction = this.issued.transactionOf({ ...options, tracked, replace: true });
    const write = (maxUses: number) =>
      this.minter.encode({ ...renewed, maxUses }, format, true, content);
    // What the format cannot carry is refused while the old token still works.
    await write(claims.maxUses);
    const left = await this.revocations.end(old, transaction);
    if (left instanceof Refusal) return left;
    const next = await write(left);
    if (tracked) await this.minter.track(next, issuedAt, row?.label ?? null, transaction);
    if (notes) notes.renewed = internalsOf(next).token;
    return next;
  }
}

/** Those of the options that are about the new token. */
function withLifetimeOfKind({ kind, ...options }: RenewOptions): object {
  const picked = pickStoreOptions(options, OF_NEW);
  if (kind?.expiresIn === undefined) return picked;
  if ('expiresIn' in picked || 'expiresAt' in picked) {
    throw new TempIDConfigurationError(
      `The kind '${kind.purpose}' says 'expiresIn' for all its tokens: say it there or in renew, not in both.`,
    );
  }
  return { ...picked, expiresIn: kind.expiresIn };
}
