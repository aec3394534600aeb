import { setImmediate } from 'node:timers';

/** How far what is issued may be ahead of the clock, in milliseconds: no more than two machines differ that keep the time. */
const MOST_LEAD = 10;

/** How long to wait for a clock that a test may have stopped: in milliseconds, and in turns of the event loop. */
const PATIENCE = 5;
const MOST_TURNS = 5_000;

/** A clock that was set back by more, in milliseconds, is believed. */
const MOST_BACK = 1_000;

/**
 * When tokens are issued and groups of them revoked: in one process each of these moments tells what came first,
 * also where both are within one millisecond of the clock, or the clock was set back a little.
 *
 * A token is issued after what was revoked of its groups, so it may be ahead of the clock; and a group is revoked
 * at no earlier moment than its last token was issued. Where tokens of one group are revoked and issued in turn,
 * faster than milliseconds pass, the next token waits.
 */
export class IssueClock {
  /** Of groups, while it is near: up to when they were revoked. */
  private readonly revoked = new Map<string, number>();
  /** Of groups, while it is near: when a token was issued that was ahead of the clock. */
  private readonly ahead = new Map<string, number>();
  /** The latest that the clock has said when a token was issued. */
  private latest = 0;

  /** @param groupsOfToken costs as much as it does only where something was revoked just now */
  async issue(groupsOfToken: () => readonly string[]): Promise<number> {
    if (this.revoked.size === 0) return this.issuedAt();
    const groups = groupsOfToken();
    const end = performance.now() + PATIENCE;
    for (let turn = 0; ; turn++) {
      const now = this.now();
      const moment = this.afterRevocations(groups, now);
      const isTooLong = turn === MOST_TURNS || performance.now() > end;
      if (moment - now <= MOST_LEAD || isTooLong) {
        if (moment > now) for (const group of groups) keep(this.ahead, group, moment);
        this.issuedAt();
        return moment;
      }
      await new Promise(setImmediate);
    }
  }

  /** @param moment that of a token which replaces the others of the group; otherwise now */
  revoke(group: string, moment = this.now()): number {
    // A process that mints nothing would keep every group that it has ever revoked.
    forget(this.revoked, Date.now());
    forget(this.ahead, Date.now());
    const until = Math.max(moment, this.ahead.get(group) ?? 0);
    keep(this.revoked, group, until);
    return until;
  }

  private issuedAt(): number {
    this.latest = this.now();
    return this.latest;
  }

  private afterRevocations(groups: readonly string[], now: number): number {
    forget(this.revoked, now);
    forget(this.ahead, now);
    return Math.max(now, ...groups.map((group) => (this.revoked.get(group) ?? 0) + 1));
  }

  /** No earlier than any issue so far was by the clock, though that was set back a little since. */
  private now(): number {
    const now = Date.now();
    return isNear(this.latest, now) ? Math.max(this.latest, now) : now;
  }
}

/** Whether the clock may have been set back from that moment, and not from one that was wrong. */
function isNear(moment: number, now: number): boolean {
  return Math.abs(moment - now) <= MOST_BACK;
}

function keep(moments: Map<string, number>, group: string, moment: number): void {
  const known = moments.get(group) ?? 0;
  // At the end of the map, which is in the order of time but for the little that moments are ahead.
  moments.delete(group);
  moments.set(group, Math.max(known, moment));
}

/** Those that the clock could only be set back to by much, or that are from before it was. */
function forget(moments: Map<string, number>, now: number): void {
  for (const [group, moment] of moments) {
    if (isNear(moment, now)) break;
    moments.delete(group);
  }
}
