import { setImmediate } from 'node:timers';

/** How far what is issued may be ahead of the clock, in milliseconds: no more than two machines differ that keep the time. */
const MAX_LEAD_MS = 10;

/** How long to wait for a clock that a test may have stopped: in milliseconds, and in turns of the event loop. */
const MAX_WAIT_MS = 5;
const MAX_TURNS = 5_000;

/** A clock that was set back by more, in milliseconds, is believed. */
const MAX_STEP_BACK_MS = 1_000;

/**
 * When tokens are issued and scopes of them revoked: in one process each of these moments tells what came first,
 * also where both are within one millisecond of the clock, or the clock was set back a little.
 *
 * A token is issued after what was revoked of its scopes, so it may be ahead of the clock; and a scope is revoked
 * at no earlier moment than its last token was issued. Where tokens of one scope are revoked and issued in turn,
 * faster than milliseconds pass, the next token waits.
 */
export class MonotonicClock {
  /** Of scopes, while it is near: up to when they were revoked. */
  private readonly revoked = new Map<string, number>();
  /** Of scopes, while it is near: when a token was issued that was ahead of the clock. */
  private readonly ahead = new Map<string, number>();
  /** The latest time of the clock at which a token was issued. */
  private latest = 0;

  /**
   * @param scopesOfToken costs as much as it does only where something was revoked just now
   * @param replaces whether it ends what was issued before: also what continues a token of this very millisecond
   */
  async issue(scopesOfToken: () => readonly string[], replaces = false): Promise<number> {
    if (this.revoked.size === 0 && !replaces) return this.issuedAt();
    const scopes = scopesOfToken();
    const end = performance.now() + MAX_WAIT_MS;
    for (let turn = 0; ; turn++) {
      const now = this.now();
      const moment = Math.max(
        this.afterRevocations(scopes, now),
        replaces ? this.afterIssuances(scopes, now) : 0,
      );
      const isTooLong = turn === MAX_TURNS || performance.now() > end;
      if (moment - now <= MAX_LEAD_MS || isTooLong) {
        if (moment > now) for (const scope of scopes) keep(this.ahead, scope, moment);
        this.issuedAt();
        return moment;
      }
      await new Promise(setImmediate);
    }
  }

  /**
   * When a token is issued that continues one of these scopes: right after that, and before whatever is issued or
   * revoked from now on, so that a revocation which ends the one ends the other as well.
   *
   * @param since when the token that it continues was issued
   */
  async continue(since: number, scopes: readonly string[]): Promise<number> {
    const end = performance.now() + MAX_WAIT_MS;
    for (let turn = 0; turn < MAX_TURNS && performance.now() < end; turn++) {
      if (since + 1 - this.now() <= MAX_LEAD_MS) break;
      await new Promise(setImmediate);
    }
    if (since >= this.now()) {
      for (const scope of scopes) {
        keep(this.revoked, scope, since);
        keep(this.ahead, scope, since + 1);
      }
    }
    return since + 1;
  }

  /** @param moment that of a token which replaces the others of the scope; otherwise now */
  revoke(scope: string, moment = this.now()): number {
    // A process that mints nothing would keep every scope that it has ever revoked.
    forget(this.revoked, Date.now());
    forget(this.ahead, Date.now());
    const until = Math.max(moment, this.ahead.get(scope) ?? 0);
    keep(this.revoked, scope, until);
    return until;
  }

  private issuedAt(): number {
    this.latest = this.now();
    return this.latest;
  }

  private afterRevocations(scopes: readonly string[], now: number): number {
    forget(this.revoked, now);
    forget(this.ahead, now);
    return Math.max(now, ...scopes.map((scope) => (this.revoked.get(scope) ?? 0) + 1));
  }

  private afterIssuances(scopes: readonly string[], now: number): number {
    const latest = scopes.map((scope) => this.ahead.get(scope) ?? 0);
    return Math.max(now === this.latest ? now + 1 : now, ...latest.map((moment) => moment + 1));
  }

  /** No earlier than any issuance so far was by the clock, though that was set back a little since. */
  private now(): number {
    const now = Date.now();
    return isNear(this.latest, now) ? Math.max(this.latest, now) : now;
  }
}

/** Whether the clock may have been set back from that moment, and not from one that was wrong. */
function isNear(moment: number, now: number): boolean {
  return Math.abs(moment - now) <= MAX_STEP_BACK_MS;
}

function keep(moments: Map<string, number>, scope: string, moment: number): void {
  const kept = moments.get(scope) ?? 0;
  // At the end of the map, which is in the order of time but for the little that moments are ahead.
  moments.delete(scope);
  moments.set(scope, Math.max(kept, moment));
}

/** Those that the clock could only be set back to by much, or that are from before it was. */
function forget(moments: Map<string, number>, now: number): void {
  for (const [scope, moment] of moments) {
    if (isNear(moment, now)) break;
    moments.delete(scope);
  }
}
