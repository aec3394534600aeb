import { timingSafeEqual } from 'node:crypto';
import { inspect } from 'node:util';
import type { Claims, JsonObject } from './claims.js';
import type { DecodedToken } from './decoded-token.js';
import { formatDuration } from '../common/duration.js';
import { ExpiryWatch } from './expiry-watch.js';
import { trimToken } from './token-ends.js';
import { OnePerProcess, onePerProcess } from '../common/one-per-process.js';

/** What a token holds that no user of this package may read. */
export interface TokenInternals {
  readonly token: DecodedToken;
  /** The service with whose keys the token was made or authenticated. */
  readonly authority: object;
  /** Whether that service made or verified it, and did not only parse it. */
  readonly isVerified: boolean;
  /** The kind by which it was made or verified, and what its schema made of the payload. */
  readonly content?: { readonly kind: object; readonly payload: unknown } | undefined;
}

/** Assigned by the class below: only its own code reads a private field, and no public property may show one. */
let internalsOf: (tempid: TempID<unknown>) => TokenInternals;

/**
 * One authentic token, immutable. `TempIDService` makes it: `mint` a new one, `verify`, `verifyOrThrow`
 * and `parse` one from a string.
 *
 * As a string (`${token}`, `JSON.stringify`) it is the token. Printed by `util.inspect` or
 * `console.log` it shows its first characters, its state and the time left.
 */
@OnePerProcess('TempID')
export class TempID<T = JsonObject | null> {
  readonly #internals: TokenInternals;
  #watch: ExpiryWatch | undefined;

  static {
    internalsOf = onePerProcess('internalsOf', () => (tempid) => tempid.#internals);
  }

  /** @internal */
  constructor(internals: TokenInternals) {
    this.#internals = internals;
    Object.freeze(this);
  }

  /** The token as it is sent: one URL-safe string. */
  get value(): string {
    return this.#internals.token.value;
  }

  /** What a store knows the token by. It opens nothing. */
  get id(): string {
    return this.#internals.token.id;
  }

  /**
   * The JSON object that the token carries, frozen, or what the schema of its kind has made of it; null where it
   * carries none.
   */
  get payload(): T {
    const { content, token } = this.#internals;
    return (content ?? token.claims).payload as T;
  }

  get expiresAt(): Date {
    return new Date(this.#claims.expiresAt * 1_000);
  }

  /** null in a format that does not carry it (v2, v1). */
  get issuedAt(): Date | null {
    const { issuedAt } = this.#claims;
    return issuedAt === null ? null : new Date(issuedAt);
  }

  get notBefore(): Date | null {
    const { notBefore } = this.#claims;
    return notBefore === null ? null : new Date(notBefore * 1_000);
  }

  /** How often the token works; 0: as often as one likes. */
  get maxUses(): number {
    return this.#claims.maxUses;
  }

  get purpose(): string | null {
    return this.#claims.purpose;
  }

  get subject(): string | null {
    return this.#claims.subject;
  }

  get audience(): string | null {
    return this.#claims.audience;
  }

  get issuer(): string | null {
    return this.#claims.issuer;
  }

  /** Whether its time has begun and is not over. Asks no store. */
  isValid(): boolean {
    const notBefore = this.#claims.notBefore ?? 0;
    return !this.isExpired() && Date.now() >= notBefore * 1_000;
  }

  isExpired(): boolean {
    return this.#millisecondsLeft() <= 0;
  }

  /** The time left, in its two largest units: `45s`, `14m 52s`, `1h 30m`, `3d 0h`, or `expired`. */
  remaining(): string {
    const left = this.#millisecondsLeft();
    return left > 0 ? formatDuration(left) : 'expired';
  }

  /**
   * Calls back once, at the expiry or at the first check after it (`isValid`, `isExpired`, `remaining`),
   * whichever comes first; at once where it is over already. The wait keeps no process alive. What the
   * callback throws, or the promise that it returns rejects with, is logged.
   */
  onExpire(callback: (token: this) => unknown): this {
    this.#watch ??= new ExpiryWatch(this.#claims.expiresAt * 1_000, this.value);
    this.#watch.add(() => callback(this));
    return this;
  }

  /** Whether the other is the same token, in constant time; of a string what verifying it leaves out is left out. */
  equals(other: TempID<unknown> | string): boolean {
    const [a, b] = [this.value, other instanceof TempID ? other.value : other].map(bytesOf);
    if (!a || !b) return false;
    return a.length === b.length && timingSafeEqual(a, b);
  }

  toString(): string {
    return this.value;
  }

  toJSON(): string {
    return this.value;
  }

  [inspect.custom](): string {
    // All that follows the prefix of a short token is what makes it hard to guess.
    const isShort = this.#internals.token.sealed !== undefined;
    const start = this.value.slice(0, (isShort ? 'tid_' : 'TEMP-V3.abcd').length);
    if (this.isExpired()) return `TempID { ${start}…, expired }`;
    const state = this.isValid() ? 'valid' : 'not yet valid';
    return `TempID { ${start}…, ${state}, ${this.remaining()} left }`;
  }

  get #claims(): Claims {
    return this.#internals.token.claims;
  }

  #millisecondsLeft(): number {
    const left = this.#claims.expiresAt * 1_000 - Date.now();
    if (left <= 0) this.#watch?.fire();
    return left;
  }
}

function bytesOf(value: unknown): Buffer | undefined {
  return typeof value === 'string' ? Buffer.from(trimToken(value)) : undefined;
}

export { internalsOf };
