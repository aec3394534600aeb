/** What a token is made or authenticated with. */
export interface TokenKey {
  /** Whether what it has authenticated is authentic still: it was not taken out, and has not ended. */
  isTrusted(): boolean;
  /** @param now Unix milliseconds */
  noteVerified(now: number): void;
}

/** One key of a list that changes, and how often it was needed. */
export abstract class RotatingKey implements TokenKey {
  /** Whether a list has it. */
  isListed = false;
  verified = 0;
  /** Unix milliseconds. */
  lastVerifiedAt: number | null = null;

  /** @param notAfter Unix milliseconds */
  constructor(public notAfter = Infinity) {}

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
}
