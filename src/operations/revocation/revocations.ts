import type { Refusal } from '../../common/refusal.js';
import type { TempIDEvents } from '../../events/tempid-events.js';
import type { StoreOptions } from '../../stores/tempid-store.js';
import type { Claims } from '../../token/claims.js';
import { internalsOf, type TempID } from '../../token/tempid.js';
import type { Tracked } from '../issued-tempid.js';
import { REVOKED, type UseCounter } from '../use-counter.js';
import { MonotonicClock } from './monotonic-clock.js';
import { RevocationCache } from './revocation-cache.js';
import { idOf, type RevocationScope, scopedSince, scopesOf } from './revocation-scopes.js';
import {
  parsePurposeRevocation,
  parseSubjectRevocation,
  type RevokeSubjectOptions,
} from './revoke-options.js';

/** One for the process: what one module revokes, another may issue with the same store. */
const clock = new MonotonicClock();

/** Ends tokens before their time: one, or all of a subject or a purpose that were issued so far. */
export class Revocations {
  private readonly cache: RevocationCache;

  /** @param options `revocationCacheTtl`: seconds */
  constructor(
    private readonly counter: UseCounter,
    options: { readonly revocationCacheTtl: number },
    private readonly events: TempIDEvents,
  ) {
    this.cache = new RevocationCache(options.revocationCacheTtl * 1_000);
  }

  /** The claims with the moment of their issuance: after whatever this process has revoked of their scopes so far. */
  async issue(claims: Claims, replaces?: boolean): Promise<Claims> {
    if (claims.purpose === null && claims.subject === null) return claims;
    return { ...claims, issuedAt: await clock.issue(() => scopesOf(claims), replaces) };
  }

  /**
   * When a token is issued that continues this one, in Unix milliseconds. Whatever revokes all of a scope that this one
   * belongs to, from now on, revokes the other one as well.
   */
  async continue(token: TempID<unknown>): Promise<number> {
    const since = scopedSince(token);
    return since === undefined ? Date.now() : clock.continue(since, scopesOf(token));
  }

  /** As {@link UseCounter.end}. */
  end(token: TempID<unknown>, options: StoreOptions): Promise<number | Refusal> {
    return forgettingAnswers(this.counter.end(token, options));
  }

  async revokeToken(token: Tracked, options: StoreOptions): Promise<void> {
    const isRevoked = await forgettingAnswers(this.counter.revoke(token, options));
    if (isRevoked) this.events.emitOf('revoked', token);
  }

  async revokeSubject(options: RevokeSubjectOptions): Promise<void> {
    const { scope, ofStore } = parseSubjectRevocation(options, this.counter.storeRules);
    await this.revokeScope(scope, ofStore);
  }

  /** @param args a purpose, and options for the store beside it; or options with both */
  async revokePurpose(args: readonly unknown[]): Promise<void> {
    const { scope, ofStore } = parsePurposeRevocation(args, this.counter.storeRules);
    await this.revokeScope(scope, ofStore);
  }

  /** Every token of the purpose and the subject of this one that was issued before it. */
  async replaceOthers(
    { id, purpose, subject, issuedAt }: TempID<unknown>,
    options: StoreOptions,
  ): Promise<void> {
    if (subject === null || issuedAt === null) throw new Error('the token belongs to no subject');
    const scope = idOf({ purpose, subject });
    const revocation = { issuedUntil: issuedAt.getTime(), except: id };
    clock.revoke(scope, revocation.issuedUntil);
    await forgettingAnswers(this.counter.revokeScope(scope, revocation, options));
    this.events.emitRevoked(purpose, subject);
  }

  /** Refuses a token that was revoked, alone or with others; whether it is used up is not asked. */
  async refuseRevoked(token: TempID<unknown>): Promise<Refusal | null> {
    // What the clock alone decides is never kept.
    const refusal = this.counter.refuseOutOfTime(token);
    if (refusal) return refusal;
    const ask = () => this.counter.isRevoked(token);
    // The revocation of a short token is seen at once.
    const isShort = internalsOf(token).token.sealed !== undefined;
    return (await (isShort ? ask() : this.cache.of(token.value, ask))) ? REVOKED : null;
  }

  private async revokeScope(scope: RevocationScope, options: StoreOptions): Promise<void> {
    const id = idOf(scope);
    const revocation = { issuedUntil: clock.revoke(id), except: null };
    await forgettingAnswers(this.counter.revokeScope(id, revocation, options));
    this.events.emitRevoked(scope.purpose, scope.subject);
  }
}

/** Where the store cannot answer, it may have revoked all the same. */
async function forgettingAnswers<R>(revoking: Promise<R>): Promise<R> {
  try {
    return await revoking;
  } finally {
    RevocationCache.forget();
  }
}
