import type { TokenKey } from '../token/decoded-token.js';

/** What one key does and has done in this process. It holds nothing of the key itself. */
export interface KeyReport {
  /**
   * Names the key. Of a secret it is base64url, and its V3 tokens begin with `TEMP-V3.` and the first five
   * characters.
   */
  readonly kid: string;
  /** The format whose own key it is; undefined of a secret, from which the keys of all others are derived. */
  readonly format?: 'jws' | 'jwe';
  /** `mints` and verifies, only `verifies`, or `ended`: its `notAfter` has passed. */
  readonly role: 'mints' | 'verifies' | 'ended';
  /** When the key ends by itself. */
  readonly notAfter: Date | null;
  /** How many tokens of this key this process has verified since it has the key. */
  readonly verified: number;
  readonly lastVerifiedAt: Date | null;
}

/** A key that may be replaced while the application runs, and how often it was needed. */
export abstract class RotatingKey implements TokenKey {
  /** Names the key within its set. */
  abstract readonly id: string | number;
  /** The same as text. */
  abstract readonly name: string;
  /** Whether its set still has it. */
  isListed = false;
  private verified = 0;
  /** Unix milliseconds. */
  private lastVerifiedAt: number | null = null;

  /** @param notAfter Unix milliseconds */
  constructor(public notAfter = Infinity) {}

  /** Whether both are the same key, whatever their `notAfter`. */
  abstract equals(other: this): boolean;

  isExpired(): boolean {
    return this.notAfter !== Infinity && Date.now() >= this.notAfter;
  }

  isTrusted(): boolean {
    return this.isListed && !this.isExpired();
  }

  noteVerified(now: number): void {
    this.verified++;
    this.lastVerifiedAt = now;
  }

  report(kid: string, isMinting: boolean): KeyReport {
    const { notAfter, verified, lastVerifiedAt } = this;
    const unused = this.isExpired() ? 'ended' : 'verifies';
    return {
      kid,
      role: isMinting ? 'mints' : unused,
      notAfter: notAfter === Infinity ? null : new Date(notAfter),
      verified,
      lastVerifiedAt: lastVerifiedAt === null ? null : new Date(lastVerifiedAt),
    };
  }
}
