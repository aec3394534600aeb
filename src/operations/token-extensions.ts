import {
  TempIDConfigurationError,
  TempIDNotFoundError,
  TempIDStoreUnavailableError,
} from '../common/errors.js';
import type { LazyLifecycle } from '../common/lazy-lifecycle.js';
import { type OptionRules, readOptions, type ReadOptions } from '../common/options.js';
import { Refusal } from '../common/refusal.js';
import type { ResolvedOptions } from '../config/options.js';
import type { TempIDEvents } from '../events/tempid-events.js';
import type { ShortCodec } from '../formats/short.codec.js';
import type { IssuedRow } from '../ledger/tempid-ledger.js';
import type { StoreOptions } from '../stores/tempid-store.js';
import { isCodeBinding } from '../token/binding.js';
import { type Claims, parseMaxUses } from '../token/claims.js';
import type { SealedToken } from '../token/decoded-token.js';
import { internalsOf, TempID } from '../token/tempid.js';
import { countableOf } from './issued-tempid.js';
import { type ById, type IssuedTokens, isById } from './issued-tokens.js';
import {
  assertBegins,
  assertRevocable,
  expirySeconds,
  type Lifetime,
  MINT_RULES,
} from './mint-options.js';
import { isId } from './list-options.js';
import { EXPIRED, refuseByTime } from './token-checks.js';
import type { TokenVerifier } from './token-verifier.js';
import { REVOKED, type UseCounter } from './use-counter.js';

/** What `extend` takes: a new end, another number of uses, or both; what the store adds, both store and ledger must know. */
export type ExtendOptions = Lifetime &
  StoreOptions & {
    /** How often the token works in all, what is used so far included; 0: as often as one likes. */
    maxUses?: number;
  };

const RULES = {
  expiresIn: MINT_RULES.expiresIn,
  expiresAt: MINT_RULES.expiresAt,
  maxUses: { parse: parseMaxUses },
} as const satisfies OptionRules<Omit<ExtendOptions, keyof StoreOptions>>;

type Changes = ReadOptions<typeof RULES>;

/** A change that comes too late is made anew. Another one came first, so of many at once each is made in the end. */
const MAX_ATTEMPTS = 100;

/** Changes tokens that were sent: those whose claims are in the ledger. */
export class TokenExtensions {
  constructor(
    private readonly options: ResolvedOptions,
    private readonly codec: ShortCodec,
    private readonly verifier: TokenVerifier,
    private readonly counter: UseCounter,
    private readonly issued: IssuedTokens,
    private readonly lifecycle: LazyLifecycle,
    private readonly events: TempIDEvents,
  ) {}

  /** @returns the token as it is now, where one was given */
  async extend(
    given: TempID<unknown> | string | ById,
    options: object,
  ): Promise<TempID<unknown> | undefined> {
    const changes = readOptions(options, { ...RULES, ...this.issued.mintRules }, 'extend');
    if (Object.keys(RULES).every((name) => !(name in changes))) {
      throw new TempIDConfigurationError(
        `extend changes nothing: give it 'expiresIn', 'expiresAt' or 'maxUses'.`,
      );
    }
    const ofStore = this.issued.transactionOf({ ...changes, tracked: true, replace: true });
    await this.lifecycle.begun('keys');
    if (isById(given)) {
      const changed = await this.change(given.id, changes, ofStore);
      if (changed instanceof Refusal) throw this.verifier.refuse(changed).toError();
      this.events.emitOf('extended', { ...changed.claims, ...changed });
      return undefined;
    }
    const token = await this.verifier.authenticate(given, ofStore);
    if (token instanceof Refusal) throw token.toError();
    if (internalsOf(token).token.sealed === undefined) throw notShort();
    const changed = await this.change(token.id, changes, ofStore);
    if (changed instanceof Refusal) throw this.verifier.refuse(changed, token).toError();
    const { isVerified, content } = internalsOf(token);
    const extended = this.verifier.toTempID(
      { value: token.value, ...changed },
      isVerified,
      content,
    );
    this.events.emitOf('extended', extended);
    return extended;
  }

  private async change(
    id: string,
    changes: Changes,
    ofStore: StoreOptions,
  ): Promise<SealedToken | Refusal> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const row = isId(id) ? await this.issued.ledger.find(id, ofStore) : null;
      if (!row) throw new TempIDNotFoundError('The ledger has no token of this id.');
      if (row.sealed === null) throw notShort();
      const current = this.codec.open(id, row);
      if (current instanceof Refusal) return current;
      const refusal = await this.refuseEnded(row, current.claims, ofStore);
      if (refusal) return refusal;
      const claims = this.changedClaims(current.claims, changes);
      const next = this.codec.seal(id, claims);
      // The count first: where the row is not written, a count is kept for longer than it need be, and not the token.
      // For the later of the two ends, since whoever writes the ledger can put the row back that was there.
      if (claims.expiresAt !== row.expiresAt) {
        const latest = Math.max(claims.expiresAt, row.expiresAt);
        await this.counter.prolong(id, latest, ofStore);
      }
      const { expiresAt, maxUses } = claims;
      const keepUntil = this.issued.keepUntil(expiresAt);
      const changed = { ...row, expiresAt, maxUses, keepUntil, sealed: next.sealed };
      if (await this.issued.ledger.replace(changed, row.sealed, ofStore)) return next;
    }
    throw new TempIDStoreUnavailableError(
      'The token is changed by too many at once, or by others whom the transaction does not see.',
    );
  }

  /** An expired token has ended for good: soon its count may be forgotten. */
  private async refuseEnded(
    row: IssuedRow,
    claims: Claims,
    ofStore: StoreOptions,
  ): Promise<Refusal | null> {
    if (claims.binding && isCodeBinding(claims.binding)) {
      throw new TempIDConfigurationError(
        'The challenge of a code cannot be changed after it was sent: mint another.',
      );
    }
    const token = countableOf(row);
    const byTime = refuseByTime(claims, Date.now(), this.options.leeway);
    if (byTime === EXPIRED) return byTime;
    const outOfTime = this.counter.refuseOutOfTime(token);
    if (outOfTime) return outOfTime;
    return (await this.counter.isRevoked(token, ofStore)) ? REVOKED : null;
  }

  /** @throws TempIDConfigurationError for an end that is over, or that the token cannot have */
  private changedClaims(claims: Claims, changes: Changes): Claims {
    const { expiresIn, maxUses = claims.maxUses } = changes;
    const hasEnd = expiresIn !== undefined || changes.expiresAt !== undefined;
    const now = Date.now();
    const expiresAt = hasEnd ? expirySeconds(changes, this.options, now) : claims.expiresAt;
    if (claims.purpose !== null || claims.subject !== null) {
      assertRevocable(expiresAt, this.options, claims.issuedAt ?? now);
    }
    assertBegins(claims.notBefore, expiresAt);
    return { ...claims, expiresAt, maxUses };
  }
}

function notShort(): TempIDConfigurationError {
  return new TempIDConfigurationError(
    'Only short tokens can be changed after they were sent: what another token may do is in the token itself.',
  );
}
