import type { Claims } from '../claims.js';
import type { Refusal } from '../refusal.js';
import type { TempID } from '../tempid.js';
import { REVOKED, type UseCounter } from '../use-counter.js';
import { type Group, groupsOf, idOf } from './groups.js';
import { IssueClock } from './issue-clock.js';
import { RecentAnswers } from './recent-answers.js';

/** One for all modules of the process, which may share a store. */
const clock = new IssueClock();

/** Ends tokens before their time: one, or all of a subject or a purpose that were issued so far. */
export class Revocations {
  private readonly recent: RecentAnswers;

  /** @param options `revocationMaxAge`: seconds */
  constructor(
    private readonly uses: UseCounter,
    options: { readonly revocationMaxAge: number },
  ) {
    this.recent = new RecentAnswers(options.revocationMaxAge * 1_000);
  }

  /** The claims with the moment of their issue: after whatever this process has revoked of their groups so far. */
  async issue(claims: Claims): Promise<Claims> {
    if (claims.purpose === null && claims.subject === null) return claims;
    return { ...claims, issuedAt: await clock.issue(() => groupsOf(claims)) };
  }

  async revokeToken(token: TempID<unknown>): Promise<void> {
    await this.remembering(() => this.uses.revoke(token));
  }

  /** Every token of a group that was issued so far. */
  async revokeGroup(group: Group): Promise<void> {
    const id = idOf(group);
    await this.revokeUntil(id, clock.revoke(id), null);
  }

  /** Every token of the purpose and the subject of this one that was issued before it. */
  async replaceOthers({ id, purpose, subject, issuedAt }: TempID<unknown>): Promise<void> {
    if (subject === null || issuedAt === null) throw new Error('the token belongs to no subject');
    const group = idOf({ purpose, subject });
    const moment = issuedAt.getTime();
    clock.revoke(group, moment);
    await this.revokeUntil(group, moment, id);
  }

  /** Refuses a token that was revoked, alone or with others; whether it is spent is not asked. */
  async refuseRevoked(token: TempID<unknown>): Promise<Refusal | null> {
    // What the clock alone decides is never kept.
    if (this.uses.isOutOfTime(token)) return REVOKED;
    const isRevoked = await this.recent.of(token.value, () => this.uses.isRevoked(token));
    return isRevoked ? REVOKED : null;
  }

  private revokeUntil(group: string, issuedUntil: number, except: string | null): Promise<void> {
    return this.remembering(() => this.uses.revokeGroup(group, { issuedUntil, except }));
  }

  /** Where the store cannot answer, it may have revoked all the same. */
  private async remembering(revoke: () => Promise<void>): Promise<void> {
    try {
      await revoke();
    } finally {
      RecentAnswers.forget();
    }
  }
}
