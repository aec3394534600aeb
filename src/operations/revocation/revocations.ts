import type { Claims } from '../../token/claims.js';
import type { Refusal } from '../../common/refusal.js';
import type { StoreOptions } from '../../stores/tempid-store.js';
import type { TempID } from '../../token/tempid.js';
import { REVOKED, type UseCounter } from '../use-counter.js';
import { type RevocationScope, scopesOf, idOf } from './revocation-scopes.js';
import { MonotonicClock } from './monotonic-clock.js';
import { RevocationCache } from './revocation-cache.js';

/** One for all modules of the process, which may share a store. */
const clock = new MonotonicClock();

/** Ends tokens before their time: one, or all of a subject or a purpose that were issued so far. */
export class Revocations {
  private readonly recent: RevocationCache;

  /** @param options `revocationCacheTtl`: seconds */
  constructor(
    private readonly uses: UseCounter,
    options: { readonly revocationCacheTtl: number },
  ) {
    this.recent = new RevocationCache(options.revocationCacheTtl * 1_000);
  }

  /** The claims with the moment of their issuance: after whatever this process has revoked of their scopes so far. */
  async issue(claims: Claims): Promise<Claims> {
    if (claims.purpose === null && claims.subject === null) return claims;
    return { ...claims, issuedAt: await clock.issue(() => scopesOf(claims)) };
  }

  async revokeToken(token: TempID<unknown>, options: StoreOptions): Promise<void> {
    await this.remembering(() => this.uses.revoke(token, options));
  }

  /** Every token of a scope that was issued so far. */
  async revokeScope(scope: RevocationScope, options: StoreOptions): Promise<void> {
    const id = idOf(scope);
    const revocation = { issuedUntil: clock.revoke(id), except: null };
    await this.remembering(() => this.uses.revokeScope(id, revocation, options));
  }

  /** Every token of the purpose and the subject of this one that was issued before it. */
  async replaceOthers({ id, purpose, subject, issuedAt }: TempID<unknown>): Promise<void> {
    if (subject === null || issuedAt === null) throw new Error('the token belongs to no subject');
    const scope = idOf({ purpose, subject });
    const revocation = { issuedUntil: issuedAt.getTime(), except: id };
    clock.revoke(scope, revocation.issuedUntil);
    await this.remembering(() => this.uses.revokeScope(scope, revocation));
  }

  /** Refuses a token that was revoked, alone or with others; whether it is spent is not asked. */
  async refuseRevoked(token: TempID<unknown>): Promise<Refusal | null> {
    // What the clock alone decides is never kept.
    const refusal = this.uses.refuseOutOfTime(token);
    if (refusal) return refusal;
    const isRevoked = await this.recent.of(token.value, () => this.uses.isRevoked(token));
    return isRevoked ? REVOKED : null;
  }

  /** Where the store cannot answer, it may have revoked all the same. */
  private async remembering(revoke: () => Promise<void>): Promise<void> {
    try {
      await revoke();
    } finally {
      RevocationCache.forget();
    }
  }
}
